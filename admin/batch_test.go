package admin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"gateway/admin"
	"gateway/document"
	"gateway/problem"
	"gateway/proxy"
)

// batchInstance is the UUID of the problem of item n.
func batchInstance(n int) string { return fmt.Sprintf("0198f1c0-0000-7000-8000-0000%08x", n) }

// failedBatch is a batch answer of which items 1 and 3 failed, and more that are not kept.
func failedBatch() proxy.Exchange {
	x := failed(1, "of the whole")
	of := func(index int, key, words string) proxy.FailedItem {
		p := *x.Problem
		p.Detail = words
		return proxy.FailedItem{
			Index: index, Key: key, Status: 422, Rule: "violations", InstanceID: batchInstance(index), Problem: &p, Answer: &document.Answer{
				Method: http.MethodPatch, Path: "/products", Status: 422, Header: http.Header{"Content-Type": {"application/json"}},
				Body: fmt.Appendf(nil, `{"code":%q,"message":%q}`, key, words),
			},
		}
	}
	x.Batch = &proxy.Batch{
		OK: 97, Failed: map[problem.Type]int64{problem.ValidationFailed: 30}, Unread: 1, Statuses: map[int]int64{204: 97, 422: 30},
		Items: []proxy.FailedItem{of(1, "hat", "The value is wrong."), of(3, "cap the-gateways-own-key", "the-gateways-own-key is taken.")},
	}
	x.Problem, x.Answer, x.Rule, x.InstanceID, x.Code = nil, nil, "", "", 200
	return x
}

func TestEachFailedItemOfABatchIsAFailure(t *testing.T) {
	l := listen(t, nil)
	l.observe(t, 2, failedBatch())
	if list := l.groups(t, "type=validation-failed"); list.Total != 2 {
		t.Errorf("%d groups for two kinds of words", list.Total)
	}
	found := l.find(t, "urn:uuid:"+batchInstance(3))
	if len(found) != 1 {
		t.Fatalf("%d occurrences of one item", len(found))
	}
	o := found[0]
	if o.Code != 200 || o.Rule != "violations" || !strings.Contains(o.Answer, "HTTP/1.1 422") || !strings.Contains(string(o.Problem), "is taken") {
		t.Errorf("%+v", o)
	}
	want := &admin.BatchView{
		Item: 3, OK: 97, Failed: 30, Unread: 1, Statuses: []admin.StatusOfItems{{204, 97}, {422, 30}},
		Items: []admin.ItemView{
			{1, "hat", 422, problem.ValidationFailed, "The value is wrong.", batchInstance(1)},
			{3, "cap <secret>", 422, problem.ValidationFailed, "<secret> is taken.", batchInstance(3)},
		},
	}
	if diff := gocmp.Diff(want, o.Batch); diff != "" {
		t.Error(diff)
	}
	var status admin.Status
	l.get(t, "/api/v1/status", &status)
	if got := status.Upstreams["akeneo"].Rates.Recent.Items; got != (admin.Items{OK: 97, Failed: 30, Unread: 1}) {
		t.Errorf("%+v", got)
	}
}

// The record keeps the first items alone; the problem of each of the others leads to these.
func TestAnItemThatIsNotKeptLeadsToItsBatch(t *testing.T) {
	l := listen(t, nil)
	l.observe(t, 3, failed(7, "another"), failedBatch())
	var found admin.Found
	l.get(t, "/api/v1/occurrences?id="+batchInstance(120), &found)
	if len(found.Occurrences) != 2 || !strings.Contains(found.Hint, "same answer") {
		t.Errorf("%d occurrences: %s", len(found.Occurrences), found.Hint)
	}
	for _, stranger := range []string{"0198f1c0-0000-7000-8000-000100000001", "r12345678", "12345678"} {
		if found := l.find(t, stranger); len(found) != 0 {
			t.Errorf("%s leads to %d occurrences", stranger, len(found))
		}
	}
}

// What is let go of is found no more, and a batch without failed items was never kept.
func TestItemsOfBatchesAreLetGo(t *testing.T) {
	l := listen(t, func(c *admin.Config) { c.Ring = newRing(t, admin.Limits{Failures: 2, Bodies: true}) })
	fine := failedBatch()
	fine.Batch = &proxy.Batch{OK: 3}
	l.observe(t, 2, fine, failedBatch())
	for n := range 2 {
		l.ring.Observe(failed(n+10, "newer"))
		l.untilFound(t, fmt.Sprint("request-", n+10))
	}
	for _, id := range []string{batchInstance(1), batchInstance(99), "request-1"} {
		if found := l.find(t, id); len(found) != 0 {
			t.Errorf("%s leads to %d occurrences", id, len(found))
		}
	}
	if kept := l.get(t, "/api/v1/status", nil)["kept"].(map[string]any); kept["occurrences"].(float64) != 2 {
		t.Errorf("%v at %s", kept, time.Now())
	}
}
