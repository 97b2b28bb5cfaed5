package generic

import "gateway/document"

// seen is an answer whose body was opened.
type seen struct {
	answer *document.Answer
	doc    document.Document
}
