package generic

import (
	"slices"
	"strings"

	"gateway/wording"
)

// wrappers are names under which vendors put whatever they answer, and what it begins with.
var wrappers = []string{
	"response", "answer", "reply", "d", "e", "header", "meta", "metadata", "message", "status", "result", "request", "head", "body", "resultinfo", "responsedata", "info",
	"msg", "baseresp", "baseresponse", "responseheader", "content",
}

func wraps(name string) bool {
	return slices.Contains(wrappers, name) || strings.HasSuffix(name, "header")
}

// wrapsAnswers is true for names of answers, of what they begin with, and of errors.
func wrapsAnswers(name string) bool {
	plain := wording.PlainName(name)
	if ret, ok := strings.CutPrefix(name, "ret"); ok && ret != "" && !isLower(ret[0]) { // retConsStatServ
		return true
	}
	return isAnswerName(plain) || strings.HasSuffix(plain, "results") || wraps(plain) || isErrorName(plain) || strings.HasSuffix(plain, "api") || isOfAnswer(plain) && strings.HasSuffix(plain, "data") ||
		slices.Contains(wholeAnswers, plain)
}

// wholeAnswers are further names of what holds a whole answer.
var wholeAnswers = []string{
	"results", "headers", "common", "commun", "comun", "doc", "xml", "root", "envelope",
	"retorno", "resultado", "respuesta", "resposta", "reponse", "risposta", "antwort", "ergebnis", "odpowiedz", //nolint:misspell // French
}

// isAnswerName is true for elements that are named as answers, and not as the things that these are about.
func isAnswerName(name string) bool {
	if name == "return" { // of JAX-WS
		return true
	}
	name = strings.ToLower(name)
	for _, kind := range []string{"rest", "json", "xml", "dto", "type", "body"} {
		name = strings.TrimSuffix(name, kind)
	}
	name = strings.TrimRight(name, "0123456789")
	if name = strings.TrimSuffix(name, "_"); strings.HasSuffix(name, "responsev") || strings.HasSuffix(name, "rsv") { // ResponseV2
		name = strings.TrimSuffix(name, "v")
	}
	for _, ending := range []string{"response", "rs", "rsp", "reply", "result", "answer", "output", "operation", "resp"} {
		if strings.HasSuffix(name, ending) && !strings.HasSuffix(name, "errors") {
			return true
		}
	}
	return false
}

// isErrorElement is true for elements of XML, in lower case, that are named as errors.
func isErrorElement(name string) bool {
	for _, ending := range []string{"error", "errors", "errorresponse", "exception", "exceptionreport", "fault"} {
		if strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}
