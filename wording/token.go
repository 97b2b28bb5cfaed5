package wording

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

var (
	// codeShape is how machines spell: with underscores, in capitals throughout, or with capitals inside a word.
	codeShape = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(?:[_./-][A-Za-z0-9]+)*(?:/\.+)?$`)
	camel     = regexp.MustCompile(`[a-z0-9][A-Z]|[A-Z]{2,}[a-z]`)
	word      = regexp.MustCompile(`^[a-z]+$`)
	uriShape  = regexp.MustCompile(`^(?:https?:|urn:|tag:|about:|/)`)
	remark    = regexp.MustCompile(`^\pL[\pL\w'’-]*(?: \S+){2,}`)
	clock     = regexp.MustCompile(`\d:\d\d`)
	className = regexp.MustCompile(`^\w+::(?:Exception|Error)s?(?:::\w+)*$|^(?:[a-z]+\.){2,}[A-Z]\w*$|^(?:\w+\.){2,}\w*(?:Exception|Error)$|\\`)
	function  = regexp.MustCompile(`^[a-z_]+(?:\.[a-z_]+){3,}$`) // of a program
	errorPath = regexp.MustCompile(`(?:^|\.)err(?:ors?)?\.`)
)

// IsToken is true for a text that may be a code: one word, whatever its spelling.
func IsToken(text string) bool {
	return text != "" && len(text) <= MaxCodeBytes && !strings.ContainsAny(text, " \t,;!?()[]{}<>\"'") && !IsClassName(text) && IsASCII(text)
}

// IsClassName is true for the name of a program's class, such as java.lang.Exception, which is not a code. A name in a tree
// of errors is one: api.err.LoginRequired.
func IsClassName(text string) bool {
	return className.MatchString(text) && !errorPath.MatchString(text)
}

// IsErrorPath is true for a path in a tree of errors: api.err.LoginRequired.
func IsErrorPath(text string) bool { return errorPath.MatchString(text) }

// IsFunction is true for the name of a program's function.
func IsFunction(text string) bool { return function.MatchString(text) }

// IsCode is true for a text that nobody would write for people.
func IsCode(text string) bool {
	if !codeShape.MatchString(text) || IsClassName(text) {
		return false
	}

	upper := len(text) > 3 && text == strings.ToUpper(text) && strings.ContainsAny(text, "_ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return upper || strings.Contains(text, "_") || IsCamel(text)
}

// IsCamel is true for capitals inside a word.
func IsCamel(text string) bool { return camel.MatchString(text) }

// IsRemark is true for a text of three words or more that is not a date.
func IsRemark(text string) bool { return remark.MatchString(text) && !clock.MatchString(text) }

// IsOpaque is true for a generated id: long, of letters and digits.
func IsOpaque(text string) bool {
	text = strings.TrimPrefix(text, "urn:uuid:")
	return len(text) >= 8 && strings.ContainsAny(text, "0123456789") && !strings.ContainsAny(text, " /:?=")
}

// IsWord is true for a single word in lower case.
func IsWord(text string) bool { return word.MatchString(text) }

// IsLink is true for a text that is an address and nothing else.
func IsLink(text string) bool {
	return !strings.Contains(text, " ") && (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"))
}

// IsURI is true for a text that begins like a URI or a path.
func IsURI(text string) bool { return uriShape.MatchString(text) }

// envelopeWords say that something is an error, but not which error.
var envelopeWords = map[string]bool{
	"error": true, "errors": true, "err": true, "failure": true, "fail": true, "failed": true, "ok": true, "success": true, "list": true,
	"errorlist": true, "status": true, "fault": true, "exception": true, "problem": true, "true": true, "false": true, "null": true, "none": true,
	"http": true, "errorresponse": true, "object": true, "sender": true, "receiver": true, "client": true, "server": true, "array": true, "field": true,
	"fatal": true, "critical": true, "severe": true, "warning": true, "warn": true, "notok": true, "f": true, "nok": true, "ko": true, "no": true, "ng": true,
	"erro": true, "erreur": true, "errore": true, "fehler": true, "falha": true, "fallo": true, "echec": true, "hata": true,
}

// IsEnvelopeWord is true for a word that says that something is an error, but not which error.
func IsEnvelopeWord(text string) bool { return envelopeWords[PlainName(text)] }

// reasonPhrases map the reason phrases of RFC 9110, and others that servers write, to their statuses. They are spelt with
// letters only.
var reasonPhrases = func() map[string]int {
	phrases := map[string]int{
		"unprocessableentity": 422, "payloadtoolarge": 413, "requestentitytoolarge": 413, "gatewaytimeout": 504, "badgateway": 502, "servererror": 500,
		"notauthorized": 401,
	}
	for status := 400; status < 600; status++ {
		if text := http.StatusText(status); text != "" {
			phrases[PlainName(text)] = status
		}
	}
	return phrases
}()

// StatusNamed is the status whose reason phrase is the whole text.
func StatusNamed(text string) (int, bool) {
	status, ok := reasonPhrases[PlainName(text)]
	return status, ok
}

var leadingStatus = regexp.MustCompile(`^(?:HTTP )?(?:Error )?[45]\d\d\b[ :.-]*`)

// LeadsWithStatus is true for a text such as "404 Not Found".
func LeadsWithStatus(text string) bool { return leadingStatus.MatchString(text) }

// IsReasonPhrase is true for a text that only names an HTTP status, such as "Not Found" and "404 Not Found". A token such
// as not_found is not one.
func IsReasonPhrase(text string) bool {
	rest := strings.Replace(leadingStatus.ReplaceAllString(text, ""), " is ", " ", 1)
	if rest == "" || IsCode(rest) || rest == strings.ToLower(rest) && !strings.Contains(rest, " ") {
		return rest == "" && text != ""
	}
	return reasonPhrases[PlainName(rest)] != 0
}

// IsStatusName is true for a reason phrase, and for the number of an HTTP status.
func IsStatusName(text string) bool {
	if n, err := strconv.Atoi(text); err == nil {
		return n >= 400 && http.StatusText(n) != ""
	}
	return IsReasonPhrase(text)
}

// SpellsStatus is true for a code that only names an HTTP status: NOT_FOUND.
func SpellsStatus(code string) bool {
	return reasonPhrases[PlainName(leadingStatus.ReplaceAllString(code, ""))] != 0
}

// BareCode removes what surrounds the code in AWS's form: a namespace before # and an address after :.
func BareCode(text string) string {
	text = CleanText(text[strings.LastIndexByte(text, '#')+1:], MaxCodeBytes)
	if before, after, ok := strings.Cut(text, ":"); ok && (strings.HasPrefix(after, "http") || strings.HasPrefix(after, "//")) {
		return before
	}
	return text
}

// IsASCII is true for a text of ASCII characters only.
func IsASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}
