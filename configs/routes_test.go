package configs_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gateway/configs"
	"gateway/ratelimit"
)

// TestRoutesOfBuiltInProfiles: what counts apart at each vendor, and what does not.
func TestRoutesOfBuiltInProfiles(t *testing.T) {
	type asked struct {
		Keys  []string
		Apart bool
	}
	for _, c := range []struct {
		profile, method, path string
		want                  asked
	}{
		{"accelo", "POST", "/oauth2/v0/token", asked{Apart: true}},
		{"accelo", "GET", "/api/v0/companies", asked{}},
		{"akeneo", "PATCH", "/api/rest/v1/attributes/color/options", asked{Keys: []string{"attribute-options"}}},
		{"akeneo", "PATCH", "/api/rest/v1/attributes/size/options/xl", asked{Keys: []string{"attribute-options"}}},
		{"akeneo", "GET", "/api/rest/v1/attributes/size/options/xl", asked{}},
		{"akeneo", "PATCH", "/api/rest/v1/attributes/size", asked{}},
		{"akeneo", "POST", "/", asked{Keys: []string{"graphql"}, Apart: true}},
		{"akeneo", "POST", "/graphql", asked{Keys: []string{"graphql"}, Apart: true}},
		{"akeneo", "GET", "/api/rest/v1/products", asked{}},
		{"apaleo", "PATCH", "/booking/v1/bookings/BOOK-1", asked{Keys: []string{"bookings/BOOK-1"}}},
		{"apaleo", "PATCH", "/booking/v0-nsfw/bookings/BOOK-1", asked{Keys: []string{"bookings/BOOK-1"}}},
		{"apaleo", "PATCH", "/booking/v1/bookings/BOOK-2", asked{Keys: []string{"bookings/BOOK-2"}}},
		{"apaleo", "PATCH", "/booking/v1/reservations/BOOK-1-1", asked{Keys: []string{"reservations/BOOK-1-1"}}},
		{"apaleo", "GET", "/booking/v1/reservations/BOOK-1-1", asked{}},
		{"apaleo", "PUT", "/rateplan/v1/rate-plans/BER-X/rates", asked{Keys: []string{"plan-rates/BER-X"}}},
		{"apaleo", "PATCH", "/rateplan/v1/rates", asked{Keys: []string{"rates"}}},
		{"apaleo", "PUT", "/booking/v1/reservation-actions/X/checkin", asked{}},
	} {
		p, err := configs.FindProfile(c.profile)
		if err != nil {
			t.Fatal(err)
		}
		r := p.Throttle.Apply(ratelimit.Request{}, c.method, c.path)
		got := asked{Apart: r.Apart}
		for _, s := range r.Scopes {
			got.Keys = append(got.Keys, s.Key)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s %s:\n%s", c.profile, c.method, c.path, diff)
		}
	}
}
