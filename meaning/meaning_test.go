package meaning_test

import (
	"testing"

	"gateway/meaning"
)

// Each meaning in several wordings, and sentences that come near it and mean something else.
func TestSays(t *testing.T) {
	tests := map[meaning.Meaning]struct{ yes, no []string }{
		meaning.AlreadyExists: {
			yes: []string{"User exists with same username", "The name is already taken.", "Must be unique", "Contact already exists", "email: Subscriber already subscribed.", "There is already a flag with this key.", "Invoice number already existed", "failure: already have such address", "Der Kunde existiert bereits", "Cette adresse existe déjà", "El cliente ya existe"},
			no:  []string{"The order must already exist", "No such user exists", "The import is already in progress", "\"duplicate\" is not a valid action"},
		},
		meaning.NotFound: {
			yes: []string{"Couldn't find Account", "No such bucket", "Resource doesn't exist.", "The station could not be found", "Seite nicht gefunden", "La page est introuvable", "Pedido não encontrado", "Niet gevonden", "El recurso no existe", "Nu a fost găsit", "Záznam nenalezen", "A felhasználó nem található", "Data tidak ada", "Nie znaleziono", "ไม่พบข้อมูล", "کاربر یافت نشد", "المستخدم غير موجود", "Δεν βρέθηκε", "לא נמצא"},
			no:  []string{"The lost and found office is closed", "'not found' is reserved"},
		},
		meaning.RateLimited: {
			yes: []string{"Too many requests", "Rate limit exceeded", "Slow down", "Terlalu banyak permintaan", "Příliš mnoho požadavků", "요청 횟수를 초과", "Spike arrest violation. Allowed rate: 5", "Number of requests exceeded the limit of 6000 over time window of 300 seconds.", "Developer Over Qps", "The allowed number of requests has been exceeded.", "Query limit exceeded, token blocked", "Zu viele Anfragen", "Trop de requêtes"},
			no:  []string{"Too many items in the list", "The rate of the room is unknown", "Limit must be at most 100"},
		},
		meaning.Quota: {
			yes: []string{"You have reached your monthly limit of emails.", "Not enough credits", "Your plan limit was reached", "Usage is over limit.", "Budget has been exceeded! Max budget: 5.0", "TotalRequests Limit exceeded.", "Ihr Kontingent ist erschöpft"},
			no:  []string{"Complexity budget exhausted", "Quota of 100 requests per minute exceeded", "The credit card was declined", "Rate limit exceeded, see your plan"},
		},
		meaning.LongQuota: {
			yes: []string{"You have reached your monthly limit of emails.", "Daily rate limit reached", "Daily request count exceeded", "The rate limit for this resource is 4/day.", "Exceeded send limits for today", "Quota exceeded: 100 requests per day"},
			no:  []string{"5 requests per second, not the daily limit of the day before", "The report of today is missing", "Rate limit exceeded"},
		},
		meaning.Unauthenticated: {
			yes: []string{"Invalid API key", "The access token expired", "Missing 'api_key'", "Invalid Application-ID or API key", "You must be logged in", "Invalid access_token.", "Invalid AccessToken.", "API Authorization failure.", "Session terminated, re-login, please.", "The AppKey submitted with this request is invalid.", "Invalid or unauthorized key. Please check it.", "Invalid appid", "Token ist abgelaufen", "Le jeton est expiré", "El token ha expirado", "Invalid paykey", "Autorisation requise", "缺少签名参数", "Token tidak valid", "Sesi anda telah habis", "Neplatný token", "Érvénytelen jelszó", "Vui lòng đăng nhập", "로그인 후 이용해 주세요", "ログインしてください", "Невірний пароль"},
			no:  []string{"Invalid page token", "Invalid pageToken", "Unexpected token } in JSON", "Violates foreign key constraint", "The card token is invalid", "Invalid idempotencykey", "insufficient privileges: access token with read scope required", "token doesn't have required scope read_orders"},
		},
		meaning.NoScope: {
			yes: []string{"Insufficient scope, expected any of: read:users", "Not enough permissions to access: GET /me", "This feature is not available on your plan", "Keine ausreichende Berechtigung"},
			no:  []string{"The scope of the search is too wide", "Permission was granted"},
		},
		meaning.Payment: {
			yes: []string{"Your card was declined.", "Insufficient funds", "The balance is too low", "Payment required", "Do Not Honor", "Declined for CVV failure"},
			no:  []string{"Payment method not found", "The amount must be positive", "Balance sheet is missing", "The subscription status is cancelled"},
		},
		meaning.Conflict: {
			yes: []string{"The invoice cannot be deleted because it is paid", "Server is locked", "Linode busy.", "Already refunded, the charge has already been refunded", "Reservation cannot be cancelled because it is already started.", "You cannot publish over the previously published versions", "Order 7 is in state CANCELED and cannot be shipped", "The version is stale", "The subscription status is cancelled", "Checkout object must be in state 'Reserved' to capture.", "Unable to acquire a lock on the row", "Could not get exclusive access to the file", "The request is being processed"},
			no:  []string{"The server is busy", "The clock is unlocked", "The state is missing", "Name already exists"},
		},
		meaning.BadValue: {
			yes: []string{"Name can't be blank", "Amount must be at least 1", "The date is in the past", "Invalid phone number", "Validation failed: x", "is not a verified sender signature", "cvc-complex-type.2.4.b: The content is not complete.", "Card number not recognised", "Rate BAR is not available for the dates", "Monto de captura inválido", "O valor não é válido", "Value is out of range", "country is not supported", "DNS Error - Could not resolve domain", "Le code postal du destinataire est invalide", "Request failed validation"},
			no:  []string{"Parameter amount is missing", "Unknown field foo", "The request is malformed"},
		},
		meaning.Unavailable: {
			yes: []string{"The model is overloaded", "Service temporarily unavailable", "We are undergoing scheduled maintenance", "Vorübergehend nicht erreichbar", "En maintenance"},
			no:  []string{"The room is not available on these dates", "The item is available"},
		},
		meaning.Timeout: {
			yes: []string{"Endpoint request timed out", "Deadline exceeded", "Zeitüberschreitung"},
			no:  []string{"timeout must be positive", "Invalid timeout"},
		},
		meaning.NoRight: {
			yes: []string{"Can't send to this recipient using a team-only API key", "You can't access this resource as it requires 'view' access"},
			no:  []string{"Can't send with an empty body", "You can access this resource"},
		},
		meaning.VendorFailed: {
			yes: []string{"An unexpected error occurred", "DCT exception while processing shipment.", "Something went wrong", "Error while generating the report. Error is: x"},
			no:  []string{"The error is in the third line", "Error while validating the address", "An error in the amount"},
		},
		meaning.Unparsable: {
			yes: []string{"The field `foo` does not exist on the type `Query`.", "Field 'foo' doesn't exist on type 'Query'", "Malformed JSON"},
			no:  []string{"The field does not exist", "The order does not exist on the server"},
		},
		meaning.TryAgain: {
			yes: []string{"Please retry your request", "Try again later", "The operation can be retried", "Retry shortly"},
			no:  []string{"Do not retry this request", "Please try another card"},
		},
	}
	for m, sentences := range tests {
		for _, s := range sentences.yes {
			if !meaning.Says(m, s) {
				t.Errorf("%q does not say %s", s, m)
			}
		}
		for _, s := range sentences.no {
			if meaning.Says(m, s) {
				t.Errorf("%q says %s", s, m)
			}
		}
	}
}
