package normalize

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

// isToken is true for a text that may be a code: one word, whatever its spelling.
func isToken(text string) bool {
	return text != "" && len(text) <= maxCodeBytes && !strings.ContainsAny(text, " \t,;!?()[]{}<>\"'") && !isClassName(text) && isASCII(text)
}

// isClassName is true for a class of a program, which is no code: java.lang.Exception. One of a tree of errors is:
// api.err.LoginRequired.
func isClassName(text string) bool {
	return className.MatchString(text) && !errorPath.MatchString(text)
}

// isCode is true for a text that nobody would write for people.
func isCode(text string) bool {
	if !codeShape.MatchString(text) || isClassName(text) {
		return false
	}

	upper := len(text) > 3 && text == strings.ToUpper(text) && strings.ContainsAny(text, "_ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	return upper || strings.Contains(text, "_") || isCamel(text)
}

func isCamel(text string) bool { return camel.MatchString(text) }

// isRemark is true for a text of three words or more, and no date.
func isRemark(text string) bool { return remark.MatchString(text) && !clock.MatchString(text) }

// isOpaque is true for an id that nobody made up: long, of letters and digits.
func isOpaque(text string) bool {
	text = strings.TrimPrefix(text, "urn:uuid:")
	return len(text) >= 8 && strings.ContainsAny(text, "0123456789") && !strings.ContainsAny(text, " /:?=")
}

// isWord is true for a single word in lower case.
func isWord(text string) bool { return word.MatchString(text) }

// isLink is true for an address alone.
func isLink(text string) bool {
	return !strings.Contains(text, " ") && (strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"))
}

func isURI(text string) bool { return uriShape.MatchString(text) }

// envelopeWords say that something is an error, and not which.
var envelopeWords = map[string]bool{
	"error": true, "errors": true, "err": true, "failure": true, "fail": true, "failed": true, "ok": true, "success": true, "list": true,
	"errorlist": true, "status": true, "fault": true, "exception": true, "problem": true, "true": true, "false": true, "null": true, "none": true,
	"http": true, "errorresponse": true, "object": true, "sender": true, "receiver": true, "client": true, "server": true, "array": true, "field": true,
	"fatal": true, "critical": true, "severe": true, "warning": true, "warn": true, "notok": true, "f": true, "nok": true, "ko": true, "no": true,
}

func isEnvelopeWord(text string) bool { return envelopeWords[plainName(text)] }

// reasonPhrases are the statuses by those of RFC 9110 and what else servers write, without anything but letters.
var reasonPhrases = func() map[string]int {
	phrases := map[string]int{
		"unprocessableentity": 422, "payloadtoolarge": 413, "requestentitytoolarge": 413, "gatewaytimeout": 504, "badgateway": 502, "servererror": 500,
		"notauthorized": 401,
	}
	for status := 400; status < 600; status++ {
		if text := http.StatusText(status); text != "" {
			phrases[plainName(text)] = status
		}
	}
	return phrases
}()

// statusNamed is the status whose reason phrase is all that a text says.
func statusNamed(text string) (int, bool) {
	status, ok := reasonPhrases[plainName(text)]
	return status, ok
}

var leadingStatus = regexp.MustCompile(`^(?:HTTP )?(?:Error )?[45]\d\d\b[ :.-]*`)

// isReasonPhrase is true for a text that only names an HTTP status, as "Not Found" and "404 Not Found" do. Tokens such
// as not_found are none.
func isReasonPhrase(text string) bool {
	rest := strings.Replace(leadingStatus.ReplaceAllString(text, ""), " is ", " ", 1)
	if rest == "" || isCode(rest) || rest == strings.ToLower(rest) && !strings.Contains(rest, " ") {
		return rest == "" && text != ""
	}
	return reasonPhrases[plainName(rest)] != 0
}

// isStatusName is true for a reason phrase, and for the number of an HTTP status.
func isStatusName(text string) bool {
	if n, err := strconv.Atoi(text); err == nil {
		return n >= 400 && http.StatusText(n) != ""
	}
	return isReasonPhrase(text)
}

// spellsStatus is true for a code that only names an HTTP status: NOT_FOUND.
func spellsStatus(code string) bool {
	return reasonPhrases[plainName(leadingStatus.ReplaceAllString(code, ""))] != 0
}

// bareCode cuts what stands around the code in AWS's: a namespace before # and an address after :.
func bareCode(text string) string {
	text = cleanText(text[strings.LastIndexByte(text, '#')+1:], maxCodeBytes)
	if before, after, ok := strings.Cut(text, ":"); ok && (strings.HasPrefix(after, "http") || strings.HasPrefix(after, "//")) {
		return before
	}
	return text
}

// isASCII is true for a text that a machine may have written.
func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}
