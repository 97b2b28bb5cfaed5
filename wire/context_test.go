package wire_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"gateway/wire"
)

// ended is how a context looks from outside.
func ended(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}

// begun returns an Ending of parent, and what ends it.
func begun(parent context.Context) (context.Context, context.CancelCauseFunc) {
	e := new(wire.Ending)
	e.Begin(parent)
	return e, e.End
}

// TestEndingIsAContext below one of the same kind and of package context, and above one, also with values between them.
func TestEndingIsAContext(t *testing.T) {
	kinds := map[string]func(context.Context) (context.Context, context.CancelCauseFunc){"Ending": begun, "context": context.WithCancelCause}
	for upper, makeUpper := range kinds {
		for lower, makeLower := range kinds {
			t.Run(lower+" in "+upper, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					up, endUp := makeUpper(context.WithValue(t.Context(), enders{}, "value"))
					inner, endInner := makeLower(up)
					defer endInner(nil)
					below, _ := makeLower(context.WithValue(up, enders{}, "another"))
					one, endOne := makeLower(up)
					endOne(errWhy)
					if !ended(one) || !errors.Is(one.Err(), context.Canceled) || ended(up) || up.Err() != nil || inner.Err() != nil || below.Err() != nil {
						t.Error("one has ended, and others", one.Err(), up.Err(), inner.Err(), below.Err())
					}
					endUp(errWhy)
					late, _ := makeLower(up)
					synctest.Wait()
					for _, ctx := range []context.Context{up, inner, below, late} {
						if !ended(ctx) || !errors.Is(ctx.Err(), context.Canceled) || ctx.Value(enders{}) == nil {
							t.Errorf("%T: %v, %v", ctx, ctx.Err(), ctx.Value(enders{}))
						}
					}
				})
			})
		}
	}
}

// TestEndingHasACause: its own, or that of the parent, and the first counts.
func TestEndingHasACause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, end := context.WithCancelCause(t.Context())
		var upper, lower, left, without wire.Ending
		upper.Begin(parent)
		lower.Begin(&upper)
		left.Begin(&upper)
		without.Begin(parent)
		if upper.Cause() != nil {
			t.Error(upper.Cause())
		}
		left.End(http.ErrAbortHandler)
		without.End(nil)
		std := wire.ForStd(request(t, "GET", "http://a.test", nil).WithContext(&lower)).Context()
		end(errWhy)
		synctest.Wait()
		left.End(errWhy)
		for i, c := range [][2]error{
			{upper.Cause(), errWhy},
			{lower.Cause(), errWhy},
			{context.Cause(std), errWhy},
			{left.Cause(), http.ErrAbortHandler},
			{without.Cause(), context.Canceled},
		} {
			if !errors.Is(c[0], c[1]) {
				t.Errorf("%d: %v, want %v", i, c[0], c[1])
			}
		}
	})
}
