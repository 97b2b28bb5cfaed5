package normalize

// foreignWords are what the commonest sentences say in German, French and Spanish. A vendor's own language counts like
// English.
var foreignWords = map[Meaning][]string{
	MeansAlreadyExists: {
		`já (?:existe|está (?:em uso|cadastrad[oa])|cadastrad[oa])`, `bestaat al`, `esiste già`,
		`existiert bereits`, `doppelt (?:eingetragen|vorhanden|vergeben|angelegt)`, `(?:bereits|schon) (?:vorhanden|vergeben|verwendet|benutzt|belegt)`,
		`existe d[ée]j[àa]`, `d[ée]j[àa] (?:utilis|pris|attribu|enregistr|associ|présent|existant)\pL*`,
		`ya (?:existe|está (?:registrad[oa]|en uso)|ha sido (?:registrad|utilizad|tomad)[oa])`,
	},
	MeansNotFound: {
		`não (?:foi )?encontrad[oa]s?`, `não existe`, `niet gevonden`, `non (?:è stat[oa] )?trovat[oa]`,
		`nicht (?:gefunden|vorhanden)`, `existiert nicht`, `gibt es nicht`, `kein\w* .{1,40} gefunden`,
		`(?:introuvables?|n'existe (?:pas|plus)|n'a pas été trouvée?|pas trouvée?)`,
		`no existe`, `no (?:se )?(?:ha )?(?:sido )?encontr(?:ad[oa]|ado|ó)`, `no se pudo encontrar`,
	},
	MeansMissingSetup: {`nicht (?:eingerichtet|konfiguriert)`, `pas configurée?`, `no (?:está )?configurad[oa]`},
	MeansRateLimited: {
		`muitas (?:requisições|tentativas)`, `te veel (?:verzoeken|aanvragen)`, `troppe richieste`,
		`zu viele (?:\pL+ )?(?:anfragen|versuche|zugriffe)`, `trop de (?:requêtes|tentatives|appels)`, `demasiad[oa]s (?:peticiones|solicitudes|intentos)`,
	},
	MeansUnauthenticated: {
		`(?:token|credenciais|senha|chave)\b.{0,30}(?:inválid[oa]s?|expirad[oa])`, `não autenticad[oa]`, `ongeldige? (?:token|inloggegevens|api-sleutel)`, `(?:token|credenziali)\b.{0,20}(?:scadut[oa]|non valid[oae])`,
		`(?:sitzung|session|token|anmeldung|zugangsdaten)\b.{0,30}(?:abgelaufen|ungültig|falsch)`, `(?:ungültige[rs]?|falsche[rs]?) (?:token|zugangsdaten|api-schlüssel|passwort|anmeldedaten|benutzername)`, `nicht (?:angemeldet|authentifiziert)`,
		`(?:jeton|token|session|clé)\b.{0,30}(?:expirée?|invalide)`, `(?:identifiants?|mot de passe|authentification) (?:\pL+ )?(?:incorrecte?s?|invalides?|requise)`,
		`(?:token|sesión|clave|credenciales)\b.{0,30}(?:expirad[oa]|inválid[oa]s?|incorrect[oa]s?|caducad[oa])`, `autenticación requerida`,
	},
	MeansNoRight: {
		`acesso negado`, `não autorizad[oa]`, `toegang geweigerd`, `accesso negato`,
		`(?:zugriff|zugang) verweigert`, `nicht (?:berechtigt|autorisiert|erlaubt)`, `accès (?:refusé|interdit)`, `pas autorisée?`, `acceso denegado`, `no (?:está )?autorizad[oa]`,
	},
	MeansNoScope:     {`kein\pL* (?:ausreichend\pL* )?(?:berechtigung|rechte)`, `droits insuffisants`, `permisos insuficientes`, `no tiene permisos?`},
	MeansQuota:       {`tageslimit`, `monatslimit`, `kontingent`, `quota (?:dépassé|journalier|mensuel)`, `cuota (?:diaria|mensual|excedida)`},
	MeansPayment:     {`saldo insuficiente`, `(?:cartão|pagamento) (?:\pL+ )?recusad[oa]`, `betaling (?:\pL+ )?(?:geweigerd|mislukt)`, `onvoldoende saldo`, `(?:zahlung|karte) (?:\pL+ )?(?:abgelehnt|fehlgeschlagen)`, `(?:carte|paiement) (?:\pL+ )?refusée?`, `(?:tarjeta|pago) (?:\pL+ )?(?:rechazad[oa])`, `fondos insuficientes`, `guthaben (?:\pL+ )?(?:zu gering|nicht aus\w*)`},
	MeansConflict:    {`(?:gesperrt|wird gerade bearbeitet|in bearbeitung|veraltet)`, `(?:verrouillée?|en cours de modification)`, `(?:bloquead[oa]|en proceso)`},
	MeansUnavailable: {`wartungsarbeiten`, `(?:vorübergehend|derzeit) nicht (?:verfügbar|erreichbar)`, `temporairement indisponible`, `en maintenance`, `temporalmente no disponible`, `en mantenimiento`},
	MeansTimeout:     {`zeitüberschreitung`, `délai (?:d'attente )?dépassé`, `tiempo de espera (?:agotado|excedido)`},
	MeansBadValue: {
		`(?:darf|dürfen) nicht (?:leer|negativ) sein`, `(?:muss|müssen) (?:größer|kleiner|mindestens)`, `ne (?:peut|doit) pas être (?:vide|nul)`, `no puede estar vací[oa]`,
		`(?:monto|importe|valor|fecha|correo|teléfono|número|tarjeta|montante|quantia|data|e-mail|telefone|cartão)\b.{0,40}(?:inválid[oa]s?|no es válid[oa]|não é válid[oa])`, `(?:não pode|deve) (?:estar|ser) (?:vazi[oa]|maior|menor|negativ[oa])`,
		`(?:datum|betrag|adresse|nummer|wert|postleitzahl|montant|date|numéro|code postal|téléphone)\b.{0,40}(?:ist|sind|est) (?:ungültig|nicht gültig|invalide)`,
	},
	MeansUnparsable: {`ungültiges json`, `json invalide`, `json (?:inválido|no válido)`},
	MeansTryAgain:   {`(?:bitte )?(?:versuchen sie es |erneut |später )+(?:später |erneut |versuchen)+`, `veuillez réessayer`, `(?:inténtelo|vuelva a intentar\pL*) (?:de nuevo|más tarde)`},
}
