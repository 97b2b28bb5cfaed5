package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// board is one dashboard, told in what differs from board to board.
type board struct {
	uid, title, about string
	byUpstream        bool // has the variable $upstream
	rows              []row
}

type row struct {
	title  string
	panels []panel
}

// panel is one question and the queries that answer it.
type panel struct {
	title, about, unit string
	number             bool // the last value alone, instead of a curve
	stacked            bool
	queries            []query
}

// query is one expression; legend may name its labels, as in {{type}}.
type query struct{ expr, legend string }

// source is the data source that the user picks on the dashboard.
var source = common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("${datasource}")}

// build turns d into Grafana's model.
func (d board) build() (dashboard.Dashboard, error) {
	b := dashboard.NewDashboardBuilder(d.title).Uid(d.uid).Description(d.about).Tags([]string{"gateway"}).
		Refresh("30s").Time("now-3h", "now").Readonly().Tooltip(dashboard.DashboardCursorSyncCrosshair).
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Data source").Type("prometheus"))
	if d.byUpstream {
		b = b.WithVariable(upstreamVariable())
	}
	for _, r := range d.rows {
		b = b.WithRow(dashboard.NewRowBuilder(r.title))
		for _, p := range r.panels {
			b = b.WithPanel(p.build())
		}
	}
	return b.Build()
}

// upstreamVariable lets the reader pick upstreams; all of them at first.
func upstreamVariable() *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder("upstream").Label("Upstream").Datasource(source).
		Query(dashboard.StringOrMap{String: cog.ToPtr("label_values(gateway_responses_total, upstream)")}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).Multi(true).IncludeAll(true).AllValue(".*")
}

func (p panel) build() cog.Builder[dashboard.Panel] {
	if p.number {
		return p.buildNumber()
	}
	b := timeseries.NewPanelBuilder().Title(p.title).Description(p.about).Unit(p.unit).Datasource(source).
		Height(8).Span(12).Min(0).FillOpacity(10).ShowPoints(common.VisibilityModeNever).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	if p.stacked {
		b = b.FillOpacity(40).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal))
	}
	for _, q := range p.queries {
		b = b.WithTarget(q.build())
	}
	return b
}

func (p panel) buildNumber() cog.Builder[dashboard.Panel] {
	b := stat.NewPanelBuilder().Title(p.title).Description(p.about).Unit(p.unit).Datasource(source).Height(4).Span(6)
	for _, q := range p.queries {
		b = b.WithTarget(q.build())
	}
	return b
}

func (q query) build() *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().Expr(q.expr).LegendFormat(q.legend).Range()
}
