package generic

import (
	"slices"
	"strings"

	"gateway/wording"
)

// roleOf finds out what a member is for. Separators, case and a namespace before a colon do not matter: errorMessage,
// error_message and o:error-message are one.
func roleOf(name string) meant {
	if name == "__type" { // AWS
		return meant{codeRole, 0}
	}
	if isForMachines(name) || name == "$ref" || name == "$id" || name == "$type" || name == "$schema" { // of JSON-LD and JSON Schema, for machines
		return meant{}
	}
	plain := wording.PlainName(inLanguage.ReplaceAllString(name[strings.LastIndexByte(name, ':')+1:], "$1"))
	if cut, ok := strings.CutSuffix(plain, "txt"); ok {
		plain = cut + "text"
	}
	if is, known := roles[plain]; known {
		return is
	}
	if is, known := roles[wording.PlainName(unprefixed(name))]; known {
		return is.ofPrefixed()
	}
	if is := roleByBeginning(plain); is.role != noRole {
		return is
	}
	return roleByEnding(plain)
}

// unprefixed is a name without the letter before it that tells its type, as in cStat.
func unprefixed(name string) string {
	if len(name) > 3 && isLower(name[0]) && !isLower(name[1]) && isLower(name[2]) {
		return strings.TrimLeft(name[1:], "_-")
	}
	return name
}

// ofPrefixed is the role of a name whose prefix says that it is a code, and no status of HTTP.
func (is meant) ofPrefixed() meant {
	if is.role == statusRole {
		return meant{codeRole, 1}
	}
	return is
}

// endings give a role to names that no list has, such as apiErrorCode and accessErrorId, behind all that are listed.
var endings = []struct {
	ending string
	role   role
}{
	{"errorcode", codeRole},
	{"errorid", idRole},
	{"requestid", idRole},
	{"requestuuid", idRole},
	{"responseid", idRole},
	{"clienttransactionid", noRole},
	{"servertransactionid", idRole},
	{"svtrid", idRole},
	{"reqid", idRole},
	{"correlationid", idRole},
	{"operationid", idRole},
	{"traceid", idRole},
	{"message", textRole},
	{"description", textRole},
	{"argumentname", fieldRole},
	{"parametername", fieldRole},
	{"propertyname", fieldRole},
	{"fieldname", fieldRole},
	{"errortext", textRole},
	{"errorstring", textRole},
	{"codestring", textRole},
	{"statusstring", textRole},
	{"errordisplay", textRole},
	{"failedreason", textRole},
	{"failreason", textRole},
	{"exceptioncode", codeRole},
	{"exceptiontext", textRole},
	{"text", textRole},
	{"messagetxt", textRole},
	{"msg", textRole},
	{"desc", textRole},
	{"error", errorRole},
	{"stderr", noRole},
	{"err", errorRole},
	{"codedes", textRole},
	{"errdes", textRole},
	{"errstr", textRole},
	{"errinfo", textRole},
	{"errorlist", manyRole},
	{"errors", manyRole},
	{"violations", manyRole},
	{"validations", manyRole},
	{"constraints", manyRole},
	{"issues", manyRole},
	{"problems", manyRole},
	{"failures", manyRole},
	{"messages", manyRole},
	{"merchantcode", noRole}, // those of things
	{"countrycode", noRole},
	{"currencycode", noRole},
	{"languagecode", noRole},
	{"productcode", noRole},
	{"postalcode", noRole},
	{"zipcode", noRole},
	{"code", codeRole},
	{"messagekey", codeRole},
	{"summary", textRole},
	{"descriptionurl", docsRole},
	{"infourl", docsRole},
	{"errorurl", docsRole},
	{"helpurl", docsRole},
	{"docsurl", docsRole},
}

// beginnings give a role to names in languages that put the noun first, behind all others: codigoRetorno, mensajeError.
var beginnings = []struct {
	beginning string
	role      role
}{
	{"codigo", codeRole},
	{"mensaje", textRole},
	{"mensagem", textRole},
	{"descripcion", textRole},
	{"descricao", textRole},
}

// ofWhat are the nouns that may follow those.
var ofWhat = []string{"error", "erro", "retorno", "respuesta", "resposta", "resultado", "mensaje", "mensagem", "estado", "status"}

func roleByBeginning(plain string) meant {
	for _, b := range beginnings {
		if of, ok := strings.CutPrefix(plain, b.beginning); ok && slices.Contains(ofWhat, of) {
			return meant{b.role, endingRank}
		}
	}
	return meant{}
}

func roleByEnding(plain string) meant {
	if strings.HasSuffix(plain, "context") { // no text
		return meant{}
	}
	for _, e := range endings {
		if strings.HasSuffix(plain, e.ending) {
			return meant{e.role, endingRank}
		}
	}
	return meant{}
}
