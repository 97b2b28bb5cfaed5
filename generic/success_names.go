package generic

import (
	"slices"
	"strings"

	"gateway/meaning"
	"gateway/wording"
)

// isMessageName is true for names of messages, and false for those of what describes a thing.
func isMessageName(name string) bool {
	is := roles[name]
	ofMessage := is.role == textRole && (is.rank <= 1 || is.rank == 2 && name != "description" && name != "text")
	return ofMessage || name == "desc" || isAnswerText(name) || endsWith(name, "message", "msg", "resulttext", "resptext", "responsetext")
}

// isErrorName is true for names that only what belongs to an error has: errorMessage, error_code, api-error.
func isErrorName(name string) bool {
	switch {
	case beginsWith(name, "last", "previous", "latest", "recent"), endsWith(name, "log", "logs", "history", "rate"):
		return false
	case beginsWith(name, "err", "fault", "exception", "failedreason", "failreason"), name == "fehler", name == "hata":
		return true
	case strings.HasPrefix(name, "failure"): // failures is how many there are, or which
		return len(name) > len("failures")
	}
	return strings.HasSuffix(name, "err") && name != "stderr" || strings.Contains(name, "erro") && !isAnswerName(name)
}

func beginsWith(name string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

func endsWith(name string, endings ...string) bool {
	return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(name, ending) })
}

// outcomes are what names end with under which answers say how the call went.
var outcomes = []string{
	"status", "stat", "statuscode", "resultstatus", "returntype", "responsetype", "resulttype", "result", "ack", "resultcode", "outcome", "success", "retval",
	"acknowledgement", "acknowledgment", "highestseverity", "decision", "return", "statut", "estatus", "situacao", "estado", "durum", "sonuc", "esito", "ergebnis",
}

// callers of outcomes: the call itself, and no thing that has a state of its own.
var ofCalls = []string{"", "api", "response", "request", "call", "return", "http", "query", "operation", "reply", "proc", "express"}

// isOutcome is true for names such as status, responseStatus and api-status, and false for paymentStatus.
func isOutcome(name string) bool {
	if name == "s" {
		return true
	}
	return slices.ContainsFunc(outcomes, func(end string) bool {
		of, ok := strings.CutSuffix(name, end)
		return ok && slices.Contains(ofCalls, of)
	})
}

// facts are what answers tell of themselves and of the call, whatever comes of it.
var facts = []string{
	"jsonrpc", "timestamp", "path", "version", "apiversion", "time", "date", "datetime", "ts", "servertime", "currenttime", "systemtime", "host", "hostname", "server", "servername", "method", "function",
	"locale", "lang", "language", "charset", "encoding", "traceid", "conversationid", "requestid", "responseid", "transactid", "clientid", "action", "command", "operation", "runtime", "duration",
	"elapsed", "took", "executetime", "executiontime", "processingtime", "generated", "stacktrace", "trace", "debug", "session", "sessionid", "sess", "severity", "priority", "prio", "file", "line", "node",
	"servedby", "termsofservice", "termsofuse", "terms", "disclaimer", "sign", "ttl", "product", "warnings", "copyright", "attribution", "license", "licenses", "thanks", "rate", "environment", "env", "hint", "cause", "resolution", "correction",
}

func isFact(name string) bool {
	return slices.Contains(facts, name) || isAnswerID(name) || name == "xmlns" || beginsWith(name, "time", "deprecat", "filter", "xsi") ||
		endsWith(name, "time", "version", "major", "minor", "callid", "revision", "deprecated", "hostname")
}

// isPaging is true for names of what pages through a list.
func isPaging(name string) bool {
	return slices.Contains([]string{"page", "currentpage", "perpage", "countperpage", "pagesize", "pageno", "numofrows", "limit", "offset"}, name)
}

// isOfAnswer is true for names of codes that only an answer has: resultCode, api_return_code.
func isOfAnswer(name string) bool {
	return slices.ContainsFunc([]string{"result", "return", "response", "ret", "resp", "exec"}, func(of string) bool { return strings.Contains(name, of) })
}

// isAnswerID is true for names of ids that the answer has, and not the thing that it is about.
func isAnswerID(name string) bool {
	return slices.ContainsFunc([]string{"requestid", "responseid", "traceid", "correlationid", "servertransactionid", "trid"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// isOwnName is true for names of what tells one thing from others of its kind.
func isOwnName(name string) bool {
	words := meaning.CodeWords(name)
	if first, _, _ := strings.Cut(words, " "); slices.Contains([]string{"call", "api", "request", "req", "response", "trace", "log", "session", "correlation", "server", "client", "error", "err", "invocation", "operation"}, first) {
		return false
	}
	if strings.HasSuffix(words, "transaction id") {
		return false
	}
	return words == "name" || (words == "id" || strings.HasSuffix(words, " id")) && !isAnswerID(wording.PlainName(name))
}

// isAnswerText is true for names of descriptions that an answer has, and no thing: statusDesc, resultDescription.
func isAnswerText(name string) bool {
	for _, end := range []string{"description", "desc"} {
		if of, ok := strings.CutSuffix(name, end); ok {
			return of == "status" || of == "result" || of == "response" || of == "resp" || of == "return" || of == "ret"
		}
	}
	return false
}

// isReason is true for names of why something did not work out.
func isReason(name string) bool {
	return slices.Contains([]string{"reason", "motivo", "motif", "grund", "raison", "razon", "razao"}, name)
}

// checks are names under which answers tell the outcome of what they were asked: a check whose outcome is no is no error.
var checks = []string{"valid", "isvalid", "verified", "available", "active", "found", "exists", "registered", "eligible", "enabled", "approved", "allowed", "granted", "compiled", "passed", "matched", "match"}

// isOfLife is true for names of times in the life of a thing, and false for that of an answer.
func isOfLife(name string) bool {
	for _, part := range []string{"creat", "updat", "modif", "start", "finish", "end", "fetch", "check", "deliver", "publish", "paid", "expire"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return strings.HasSuffix(name, "at") && len(name) < 4
}

// isErrorFlag is true for further names under which true says that the call failed.
func isErrorFlag(name string) bool {
	return slices.Contains([]string{"haserrors", "haserror", "iserror", "failed", "failure", "fail"}, name)
}

// flags are members by which a vendor says that a call went wrong when they are false.
var flags = []string{"ok", "success", "succeeded", "issuccess", "successful", "succeed", "sucesso", "exito", "succes", "auth", "authenticated", "loggedin"}

// IsFlag is true for the name of a member by which a vendor says that a call went wrong when it is false.
func IsFlag(name string) bool { return slices.Contains(flags, wording.PlainName(name)) }
