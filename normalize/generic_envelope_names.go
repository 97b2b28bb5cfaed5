package normalize

import (
	"slices"
	"strings"
)

// isMessageName is true for names of messages, and false for those of what describes a thing.
func isMessageName(name string) bool {
	is := roles[name]
	return is.role == textRole && (is.rank <= 1 || is.rank == 2 && name != "description") || strings.HasSuffix(name, "message") || strings.HasSuffix(name, "msg")
}

// isErrorName is true for names that only what belongs to an error has: errorMessage, error_code, api-error.
func isErrorName(name string) bool {
	return strings.HasPrefix(name, "err") || strings.HasSuffix(name, "error") || strings.HasSuffix(name, "errors") || strings.HasSuffix(name, "errormessage") ||
		strings.HasPrefix(name, "iserror") || strings.HasPrefix(name, "haserror") || name == "fehler" || name == "fault" || name == "exception"
}

// outcomes are what names end with under which answers say how the call went.
var outcomes = []string{"status", "stat", "statuscode", "resultstatus", "returntype", "responsetype", "resulttype", "result", "ack", "resultcode", "outcome", "success"}

// callers of outcomes: the call itself, and no thing that has a state of its own.
var ofCalls = []string{"", "api", "response", "request", "call", "return", "http", "query", "operation", "reply"}

// isOutcome is true for names such as status, responseStatus and api-status, and false for paymentStatus.
func isOutcome(name string) bool {
	return slices.ContainsFunc(outcomes, func(end string) bool {
		of, ok := strings.CutSuffix(name, end)
		return ok && slices.Contains(ofCalls, of)
	})
}

// goodWords say that all is well.
var goodWords = []string{"ok", "success", "successful", "succeeded", "true", "done", "complete", "completed"}

func isGoodWord(word string) bool { return slices.Contains(goodWords, word) }

// facts are what answers tell of themselves and of the call, whatever comes of it.
var facts = []string{
	"jsonrpc", "timestamp", "path", "version", "apiversion", "time", "date", "datetime", "ts", "servertime", "currenttime", "systemtime", "host", "hostname", "server", "servername", "method", "function",
	"locale", "lang", "language", "charset", "encoding", "traceid", "conversationid", "requestid", "responseid", "transactid", "clientid", "action", "command", "operation", "runtime", "duration",
	"elapsed", "took", "executetime", "executiontime", "processingtime", "generated", "stacktrace", "trace", "debug", "session", "sessionid", "severity", "priority", "prio", "file", "line", "node",
	"copyright", "attribution", "license", "licenses", "thanks", "rate", "environment", "env", "hint", "cause", "resolution", "correction",
}

func isFact(name string) bool {
	return slices.Contains(facts, name) || strings.HasPrefix(name, "time") || strings.HasSuffix(name, "requestid") || strings.HasSuffix(name, "hostname") || strings.HasPrefix(name, "filter")
}
