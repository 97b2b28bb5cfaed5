package normalize

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"gateway/document"
)

// batchForm is a compiled BatchFrom.
type batchForm struct {
	name   string
	match  matcher
	lines  bool
	list   document.Pointer // to the list; empty if the body is it
	item   document.Pointer
	take   taker
	key    sources
	failed []condition
	reader *Reader // of failed items: the profile's rules over what the form takes
}

// compileBatches compiles the batch section.
func compileBatches(p *Profile) ([]*batchForm, error) {
	var (
		out  []*batchForm
		errs []error
	)
	for i, spec := range p.Batch {
		form, err := spec.compile(p)
		for _, e := range SplitErrors(err) {
			errs = append(errs, fmt.Errorf("batch[%d].%w", i, e))
		}
		if slices.ContainsFunc(out, func(f *batchForm) bool { return f.name == spec.Name }) {
			errs = append(errs, fmt.Errorf("batch[%d].name: %q is the name of another entry too", i, spec.Name))
		}
		out = append(out, form)
	}
	return out, errors.Join(errs...)
}

func (b BatchFrom) compile(p *Profile) (*batchForm, error) {
	var (
		form = &batchForm{name: b.Name, lines: b.Items == "lines"}
		take = b.Take.or(p.Take)
		errs = []error{b.check()}
		err  error
	)
	collect := func(err error) { errs = append(errs, err) }
	form.match, err = b.Match.compile()
	collect(err)
	if len(form.match.statuses) == 0 {
		form.match.statuses = []statusRange{{200, 299}}
	}
	form.list, err = compileList(b.Items)
	collect(err)
	form.item, err = document.CompilePointer(b.Item)
	collect(at(err, "item"))
	form.key, err = compileSources("key", b.Key)
	collect(err)
	form.failed, err = compileConditions("failed", b.Failed, true)
	collect(err)
	form.take, err = take.compile()
	collect(err)
	ofItems := *p
	ofItems.Take, ofItems.Batch = take, nil
	form.reader, _ = NewReader(&ofItems) // what is wrong with it is told of the profile or of take
	return form, errors.Join(errs...)
}

// check reports what could never work.
func (b BatchFrom) check() error {
	var errs []error
	if !ruleName.MatchString(b.Name) {
		errs = append(errs, fmt.Errorf("name: %q must be lower-case words joined by -", b.Name))
	}
	if len(b.Match.Body) > 0 || len(b.Match.Format) > 0 {
		errs = append(errs, errors.New("match: takes no body and no format, as a batch answer streams; the head has to tell"))
	}
	if len(b.Match.Path) == 0 && len(b.Match.Media) == 0 && len(b.Match.Header) == 0 {
		errs = append(errs, errors.New("match: needs a path, media or header, or every success would be a batch answer"))
	}
	if len(b.Status) == 0 && len(b.Failed) == 0 {
		errs = append(errs, errors.New("status: say where an item's status stands, or with failed what tells that it failed"))
	}
	return errors.Join(errs...)
}

// compileList reads the pointer to a list; an answer of one item per line has none. The pointer is followed while the body
// streams, so its steps are names.
func compileList(text string) (document.Pointer, error) {
	switch text {
	case "lines":
		return nil, nil
	case "":
		return nil, errors.New("items: write lines, or a pointer to the list; / if the body is the list")
	}
	list, err := document.CompilePointer(text)
	if slices.Contains(list, "*") {
		err = fmt.Errorf("%q must not have a *", text)
	}
	return list, at(err, "items")
}

// batchForm returns how a success reports on many items; nil if it does not. Only the header decides. Partial content (RFC
// 9110, section 14.4) is left alone.
func (r *Reader) batchForm(a *document.Answer) *batchForm {
	if a.Status < 200 || a.Status > 299 || a.Status == http.StatusPartialContent || !mayHaveBody(a.Status) || a.Method == http.MethodHead {
		return nil
	}
	for _, form := range r.batches {
		if form.match.head(a) == (lack{}) {
			return form
		}
	}
	return nil
}

// MayBeBatch is a quick check whether an answer may report on many items: false for most.
func (r *Reader) MayBeBatch(method string, status int) bool {
	return slices.ContainsFunc(r.batches, func(f *batchForm) bool { return f.match.wants(method, status) })
}

// hasFailed reports whether the item that n describes failed. status is 0 if it names none.
func (f *batchForm) hasFailed(v *view, n *document.Node) (status int, failed bool) {
	status, err := strconv.Atoi(strings.TrimSpace(f.take.status.first(v, n)))
	if err != nil || status < 100 || status > 599 {
		status = 0
	}
	if len(f.failed) == 0 {
		return status, status >= 400
	}
	return status, slices.ContainsFunc(f.failed, func(c condition) bool { return c.test.holds(c.pointer.Find(n)) })
}
