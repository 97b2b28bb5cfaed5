package ratehint

import (
	"strings"
	"time"

	"gateway/document"
)

// special are those of single vendors that follow no family, by their name in lower case.
var special = map[string]func(*collector, string){
	"x-shopify-shop-api-call-limit": (*collector).bucket,
	"sforce-limit-info":             (*collector).dailyUsage,
	"x-app-usage":                   (*collector).percentages,
	"x-business-use-case-usage":     (*collector).percentages,
	"x-ad-account-usage":            (*collector).percentages,
}

// bucket reads Shopify's used/size.
func (c *collector) bucket(value string) { c.quota("shopify", "").setUsage(value) }

// dailyUsage reads Salesforce's api-usage=18/5000, per-app-api-usage=17/250(appName=x), which are of 24 hours.
func (c *collector) dailyUsage(value string) {
	for pair := range strings.SplitSeq(value, ",") {
		name, usage, ok := strings.Cut(strings.TrimSpace(pair), "=")
		usage, _, _ = strings.Cut(usage, "(")
		if ok && strings.Contains(usage, "/") {
			q := c.quota("sforce", name)
			q.setUsage(usage)
			q.Window = 24 * time.Hour
		}
	}
}

// percentages reads Facebook's usage, JSON whose numbers say how much of a quota is used, in percent. Some of it is
// nested by account and kind of use.
func (c *collector) percentages(value string) {
	root, err := document.ParseJSON([]byte(value), document.Limits{Depth: 4, Nodes: 256})
	if err == nil {
		c.percentagesIn(root)
	}
}

// percentagesIn reads one object, and those within it.
func (c *collector) percentagesIn(n *document.Node) {
	for _, item := range n.Items {
		c.percentagesIn(item)
	}
	regain, _ := n.Get("estimated_time_to_regain_access").Scalar() // minutes
	for _, m := range n.Members {
		switch m.Name {
		case "call_count", "total_time", "total_cputime", "acc_id_util_pct":
			q := c.quota("facebook", m.Name)
			q.Limit = 100
			used, _ := m.Value.Scalar()
			setCount(&q.used, used)
			if minutes, ok := decimal(regain); ok && minutes > 0 {
				q.setReset(minutes * 60)
			}
		default:
			c.percentagesIn(m.Value)
		}
	}
}
