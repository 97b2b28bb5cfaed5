package generic

import (
	"strings"

	"gateway/wording"
)

// addFact takes what is no word and no code.
func (f *fault) addFact(name, text string, is meant, at place) {
	switch is.role {
	case fieldRole:
		f.addFieldFact(wording.PlainName(name), text, is.rank, at)
	case nameRole:
		f.addNameFact(text, at)
	case whereRole:
		f.addWhereFact(text, at)
	case docsRole:
		f.addDocsFact(wording.PlainName(name), text, is.rank, at)
	case idRole:
		if strings.HasPrefix(text, "ERROR_") {
			f.addKind(text, nameRank)
			return
		}
		f.addID(name, text, is.rank)
	case retryRole:
		f.wait = text
		if plain := wording.PlainName(name); strings.HasSuffix(plain, "ms") || strings.HasSuffix(plain, "millis") {
			f.wait += "ms"
		}
	}
}

// addFieldFact takes what is named as the field that is wrong. A source may be a part of the request, or of the vendor's own.
func (f *fault) addFieldFact(plain, text string, rank int, at place) {
	if plain == "source" {
		if where, known := placesOf[strings.ToLower(text)]; known {
			f.where = where
			return
		}
		if text == strings.ToUpper(text) {
			return
		}
	}
	if !strings.Contains(text, "::") && (plain != "path" || at.inList) {
		f.setField(text, rank)
	}
}

// addNameFact takes a name of something: of the kind of error, or of the field that is wrong.
func (f *fault) addNameFact(text string, at place) {
	named := len(f.fields) > 0
	switch code := wording.IsCode(text); {
	case named && strings.HasSuffix(f.fields[0], text): // the same again
	case isKnownCode(text) && strings.Contains(text, "."), named && wording.IsErrorPath(text):
		f.addKind(text, nameRank)
	case at.ofField, at.inList && (isFieldName(text) || !code && !wording.IsURI(text)):
		f.setField(text, worstRank)
	case code && !wording.IsFunction(text):
		f.addKind(text, nameRank)
	}
}

// addWhereFact takes where the error is: a page about it, a part of the request, or a field in a list of fields.
func (f *fault) addWhereFact(text string, at place) {
	if wording.IsLink(text) {
		f.docs.better(wording.AbsoluteLink(text), worstRank)
	} else if where, known := placesOf[strings.ToLower(text)]; known {
		f.where = where
	} else if at.inList && len(f.fields) == 0 {
		f.addField(text)
	}
}

// addDocsFact takes a link to documentation. A host without a scheme is one, except below the names of the request's own URL.
func (f *fault) addDocsFact(plain, text string, rank int, at place) {
	bare := plain != "url" && plain != "uri" && plain != "href" && wording.LooksLikeHost(text)
	if strings.HasPrefix(text, "http") || bare {
		f.docs.better(wording.AbsoluteLink(text), rank)
	} else if plain == "reference" && at.inList && wording.IsToken(text) {
		f.setField(text, worstRank)
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
