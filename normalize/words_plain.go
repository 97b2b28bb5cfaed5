package normalize

import "strings"

// phraseParts are parts that several patterns share.
var phraseParts = strings.NewReplacer(
	"<cannot>", `(?:could not|couldn't|cannot|can not|can't|unable to|failed to)`,
	"<isnt>", `(?:is|are|was|were|has|have|had|be|been|do|does|did)(?:n't| not)`,
	"<secrets>", `(?:user ?names?|passwords?|credentials?|(?:access |refresh |bearer |api )?tokens?|secrets?|api[ -]?keys?|logins?|grants?|authori[sz]ation codes?)`,
	"<clients>", `(?:clients?|users?|accounts?|applications?)`,
	"<bad>", `(?:invalid|incorrect|wrong|expired|revoked|bad|unknown|disabled|deactivated|locked|malformed)`,

	"<keys>", `(?:passwords?|credentials?|tokens?|api[ -]?keys?|app-?keys?|appids?|(?:access|secret|subscription|app|license) (?:licen[sc]e )?(?:keys?|numbers?)|client (?:id|secret)s?|secrets?|log-?ins?|(?:sign|log)[ -]?in (?:information|details?|data)|sessions?|signatures?|jwt|authori[sz]ation (?:header|code)s?|auth\w* headers?|bearer)`,
	"<other-tokens>", `(?:registration|device|push|page|paging|continuation|card|payment|source|sync|next|csrf|unexpected|json|syntax|parser|reset|invitation|upload)`,
	"<who>", `(?:you|users?|accounts?|tokens?|keys?|clients?|app(?:lication)?s?|callers?|roles?|integrations?|connections?|principals?|members?|credentials?|permissions?|requester|consumer)`,
	"<state>", `(?:scheduled|draft|drafts|published|active|inactive|paid|unpaid|completed?|closed|open|cancell?ed|archived|deleted|expired|refunded|captured|authori[sz]ed|shipped|delivered|started|running|finished|pending|processing|locked|finali[sz]ed|approved|rejected|settled|voided|submitted|sent|merged|released|confirmed|posted|suspended)`,
	"<changed>", `(?:be )?(?:updat|delet|remov|cancel|chang|modif|edit|mov|renam|refund|captur|clos|reopen|archiv|merg|publish|unpublish|approv|process|complet|start|stop|void|transition|overwrit|reassign|ship|schedul)\w*`,
	"<period>", `(?:day|month|week|year|24 hours|billing (?:period|cycle))`,
	"<some>", `(?:[\w-]+ )`,
)

// plainMeanings are the words of the meanings that profiles ask for, as broad as the answers of a vendor whom one knows
// allow.
var plainMeanings = map[Meaning]wording{
	MeansAlreadyExists: {
		says: []string{
			`already (?:been )?(?:exist(?:s|ed|ing)?|in use|used|taken|registered|assigned|present|created|defined|added|linked|booked|there)`,
			`already (?:been )?set (?:on|for|in|to) (?:another|an other|a different)`,
			`already (?:an? )?(?:\w+ )?(?:member|subscriber|participant|user|part|on|in) (?:of |in )?(?:the |this |your |that |an? )?\w+`,
			`already an? (?:\w+ )*(?:member|subscriber|user|customer|contact)`,
			`already (?:subscribed|enrolled|signed up|invited)`,
			`exists? already`,
			`there (?:is|are) already`,
			`already (?:have|has) (?:such|an?|this|the) \w+`,
			`exists? with (?:the |that )?same`,
			`the same [\w -]{1,40} exists?`,
			`^(?:\w+ ){1,4}exists$`,
			`duplicat(?:e|es|ed|ion)`,
			`(?:must|should|has to|have to) be (?:an? )?unique`,
			`(?:not|non)[- ]unique`,
			`unique (?:constraint|index|key)`,
			`has been (?:taken|used)`,
			`is (?:taken|in use by another)`,
			`(?:another|a different|an other) [\w -]{1,40} (?:with|has|have|uses?) (?:the|that|this) (?:same )?\w+`,
		},
		unless: []string{
			`(?:must|should|if|unless|whether|not|n't) (?:\w+ ){0,2}already`,
			`exists? already and`,
			`^no (?:\w+ )*exists`,
			`already in (?:(?:the|this|an?|that) )?(?:\w+ )?(?:progress|state|status|process|flight|queue)`,
		},
	},
	MeansNotFound: {
		says: []string{
			`<isnt> (?:be |been )?found`,
			`not found`,
			`<isnt> exist`,
			`do(?:es)? not exists?`,
			`not exist(?:ing)?`,
			`no longer exists?`,
			`non-?existent`,
			`<cannot> (?:be found|find|locate|be located)`,
			`no (?:such )?[\w -]{1,40} (?:found|exists?|matching|matches)`,
			`no such \w+`,
			`no [\w -]{1,40} (?:with|has) (?:\w+ ){0,3}(?:id|ids|name|code|key|number|identifier)`,
			`unknown [a-z]+`,
		},
	},
	MeansMissingSetup: {
		says: []string{
			`<isnt> (?:been |be |yet |properly |correctly )*(?:configured|set up|setup|enabled|activated|connected)`,
			`not (?:yet |properly |correctly |been )*(?:configured|set up|connected)`,
			`(?:must|should|needs? to|has to|have to) be (?:\w+ )?(?:configured|set up|connected)`,
			`(?:missing|no|without|lacks?) (?:\w+ ){0,3}(?:configuration|setup)`,
			`no [\w -]{1,40} (?:is |are |has been |have been )?(?:configured|set up|connected)`,
		},
	},
	MeansUnparsable: {
		says: []string{
			`(?:json|xml|yaml|document|body|payload|patch|syntax|content|message received)\b.{0,60}\b(?:malformed|not well[- ]formed|<cannot> be (?:parsed|read|decoded|processed as)|<isnt> (?:be |a )?(?:valid|parsable|parseable|readable))`,
			`malformed (?:\w+ )?(?:json|xml|yaml|document|body|payload|request|patch|syntax)`,
			`(?:invalid|bad|broken|not (?:a )?valid|no valid|unparsable|unparseable) (?:json|xml|yaml)`,
			`(?:be|is) valid json`,
			`unexpected (?:character|token|symbol|end)`,
			`while parsing`,
			`pars(?:e|ing) error`,
			`syntax error`,
			`(?:failed|unable|error|could not|cannot|can't|couldn't)(?: to| in| while)? (?:be )?pars(?:e|ed|ing)`,
			`<cannot> decode`,
			`unmarshall?ing error|<cannot> (?:un)?marshal\w*`,
			// a GraphQL query that its schema does not have
			`cannot query field|(?:fields?|arguments?) (?:\w+ )?(?:not found in|(?:does not|doesn't) exist on)(?: the)? type`,
			`unterminated`,
			`invalid (?:start of|character|property identifier|escape)\w*`,
			`is invalid after`,
			`trailing comma`,
			`additional text encountered`,
			`json tokens?`,
			`depth to be zero`,
		},
		unless: []string{`convert\w*`, `deserialize the current json`, `target location`},
	},
	MeansBadCredentials: {
		says: []string{
			`<secrets> (?:does not|doesn't|do not|don't|did not) match`,
			`<secrets>\b.{0,40}\b<bad>`,
			`<bad> (?:\w+ ){0,3}<secrets>`,
			`<bad> (?:\w+ ){0,1}<clients>`,
			`<clients>\b.{0,40}\b(?:<bad>|not found|does not match)`,
			`not match any client`,
			`no (?:\w+ )?<clients> (?:found|with|matching|exists?)`,
			`no (?:\w+ )?<secrets> (?:was|were|is|has|have|provided|given|sent|found)`,
			`<secrets> (?:has|have|is|was) (?:been )?(?:expired|revoked|missing|required)`,
			`(?:token|grant|code|session) (?:\w+ )?expired`,
			`authentication (?:is )?(?:required|failed)`,
			`authori[sz]ation (?:is |header )?(?:is )?(?:required|missing)`,
			`not (?:logged in|authenticated)`,
			`has been disconnected`,
		},
	},
	MeansNotAllowed: {
		says: []string{
			`(?:not|\w+n't) (?:be )?(?:authori[sz]ed|allowed|permitted|entitled)`,
			`permissions?`,
			`forbidden`,
			`access (?:is |was )?denied`,
			`insufficient (?:scopes?|privileges?|rights?)`,
			`unauthori[sz]ed`,
		},
	},
	MeansMissingParameter: {
		says: []string{
			`(?:is|are) (?:missing|required|mandatory|empty|blank)`,
			`missing (?:or \w+ )?(?:\w+ )?(?:parameter|argument|field|header|value)s?`,
			`required (?:parameter|argument|field|header|value)s?`,
			`(?:was|were) not (?:provided|given|sent)`,
			`(?:parameter|argument|field)s? (?:not found|unknown)`,
		},
	},
	MeansTooLarge: {
		says: []string{
			`too (?:large|big|long)`,
			`too many (?:resources|items|lines|records|rows|objects|elements)`,
			`exceed(?:s|ed|ing)?\b.{0,60}\b(?:size|length|bytes|limit of \d+ (?:items|bytes))`,
			`maximum (?:allowed )?(?:size|length)`,
		},
	},
	MeansRateLimited: {
		says: []string{
			`too many (?:\w+ ){0,2}(?:requests|calls|attempts|queries|connections|failed)`,
			`rate[- ]?limit\w*`,
			`throttl\w*`,
			`slow down`,
			`(?:requests?|calls?|quer(?:y|ies)) (?:limit|quota|rate)\w*`,
			`abuse detection`,
			`temporarily (?:blocked|banned|locked out|restricted)`,
			`(?:exceeded|maximum of|more than|limit(?:ed)? (?:of|to)) \d+ (?:\w+ ){0,2}(?:requests|calls|queries|messages) (?:per|a|an|every|in)`,
			`(?:limits?|requests|calls|queries)\b.{0,40}\bper[- ](?:second|sec|minute|min|hour|ip)`,
			`(?:requests|calls)\b.{0,20}\bexceeded\b.{0,40}\b(?:seconds?|minutes?|window)`,
			`flood(?:ing)?`,
			`requesting too (?:fast|often|frequently)`,
			`too (?:frequent|fast)`,
			`limit of (?:\d+ )?(?:api )?(?:requests|calls)`,
			`(?:api )?calls? quota exceeded`,
			`(?:concurrent|concurrency|concurrently) (?:\w+ )?limit\w*`,
			`(?:global|hourly) (?:\w+ )?limit`,
			`(?:spike arrest|burst limit)`,
			`(?:allowed|maximum|max|permitted) (?:number|amount) of (?:\w+ )?(?:requests|calls|queries)\b.{0,30}\b(?:exceeded|reached)`,
			`(?:over|exceed\w*) (?:the )?(?:\w+ )?(?:qps|rps)|(?:qps|rps) (?:limit|exceeded)`,
		},
	},
	MeansMethod: {
		says: []string{
			`<isnt> support (?:the )?(?:http )?(?:method|verb)`,
			`method (?:\w+ )?(?:is )?not (?:allowed|supported)`,
			`(?:wrong|invalid|incorrect|unsupported|bad) (?:request|http) (?:method|verb)`,
		},
	},
}
