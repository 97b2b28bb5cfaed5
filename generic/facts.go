package generic

import (
	"strings"

	"gateway/wording"
)

// addFact takes what is no word and no code.
func (f *fault) addFact(name, text string, is meant, at place) {
	switch is.role {
	case fieldRole:
		if where, known := placesOf[strings.ToLower(text)]; known && wording.PlainName(name) == "source" {
			f.where = where
		} else if strings.Contains(text, "::") || wording.PlainName(name) == "source" && text == strings.ToUpper(text) { // a part of the vendor's
		} else if wording.PlainName(name) != "path" || at.inList {
			f.setField(text, is.rank)
		}
	case nameRole:
		if len(f.fields) > 0 && strings.HasSuffix(f.fields[0], text) { // the same again
		} else if isKnownCode(text) && strings.Contains(text, ".") {
			f.addKind(text, nameRank)
		} else if len(f.fields) > 0 && wording.IsErrorPath(text) {
			f.addKind(text, nameRank)
		} else if at.ofField || at.inList && (isFieldName(text) || !wording.IsCode(text) && !wording.IsURI(text)) {
			f.setField(text, worstRank)
		} else if wording.IsCode(text) && !wording.IsFunction(text) {
			f.addKind(text, nameRank)
		}
	case whereRole:
		if wording.IsLink(text) {
			f.docs.better(wording.AbsoluteLink(text), worstRank)
		} else if where, known := placesOf[strings.ToLower(text)]; known {
			f.where = where
		} else if at.inList && len(f.fields) == 0 {
			f.addField(text)
		}
	case docsRole:
		if strings.HasPrefix(text, "http") || wording.PlainName(name) != "url" && wording.PlainName(name) != "uri" && wording.PlainName(name) != "href" && wording.LooksLikeHost(text) {
			f.docs.better(wording.AbsoluteLink(text), is.rank)
		} else if wording.PlainName(name) == "reference" && at.inList && wording.IsToken(text) {
			f.setField(text, worstRank)
		}
	case idRole:
		if strings.HasPrefix(text, "ERROR_") {
			f.addKind(text, nameRank)
			return
		}
		f.addID(name, text, is.rank)
	case retryRole:
		if f.wait = text; strings.HasSuffix(wording.PlainName(name), "ms") || strings.HasSuffix(wording.PlainName(name), "millis") {
			f.wait += "ms"
		}
	}
}

// placesOf are parts of a request as vendors call them, and how a violation tells them.
var placesOf = map[string]string{
	"query": "query", "querystring": "query", "query_string": "query", "parameter": "query", "header": "header", "headers": "header",
	"body": "", "payload": "", "path": "", "params": "", "cookie": "", "cookies": "", "form": "", "formdata": "", "url": "", "json": "", "request": "", "uri": "",
}

// addID takes the vendor's id of the request; a short number is an error's.
func (f *fault) addID(name, text string, rank int) {
	switch plain := wording.PlainName(name); {
	case (plain == "instance" || plain == "request" || plain == "responseid") && !wording.IsOpaque(text):
	case strings.HasSuffix(plain, "reference") && !strings.ContainsAny(text, "0123456789"): // of a kind, as a word
	case wording.IsDigits(text) && len(text) < 8:
		if plain == "errorid" {
			f.addCode(text, 1)
		}
	case plain == "errorid" && (lettered.MatchString(text) || wording.IsCode(text) && !strings.ContainsAny(text, "0123456789")): // PAY-1404, KeyExists
		f.addCode(text, 1)
	case plain == "correlationid":
		f.id.better(text, 0)
	default:
		f.id.better(text, rank+1)
	}
}
