package meaning

import "maps"

// All that the generic reader looks for. They are narrower than those of profiles: a sentence of an unknown
// vendor must say it in so many words.
const (
	Unauthenticated Meaning = "unauthenticated"      // a credential is missing, wrong, expired or revoked
	NoRight         Meaning = "no-right"             // who asks may not do this
	NoScope         Meaning = "no-scope"             // a scope, role, plan or permission is missing
	LongQuota       Meaning = "long-quota-exceeded"  // of a day, a month or longer
	Quota           Meaning = "quota-exceeded"       // of a plan; credits are used up
	Payment         Meaning = "payment-required"     // declined, unpaid, balance too low
	Conflict        Meaning = "conflict"             // wrong state, stale, locked, in use
	Unavailable     Meaning = "upstream-unavailable" // down, overloaded, without capacity
	Timeout         Meaning = "upstream-timeout"     // took too long
	VendorFailed    Meaning = "upstream-error"       // something broke at the vendor
	BadValue        Meaning = "bad-value"            // well-formed, and not accepted
	BodyTooLarge    Meaning = "payload-too-large"    // the request as a whole
	TryAgain        Meaning = "try-again"            // the same request may be sent again
)

// longQuota is how a limit of a day or longer is worded.
var longQuota = []string{
	`(?:daily|monthly|weekly|yearly|annual)\b.{0,40}\b(?:limits?|quotas?|usage|requests?|allowance|cap|thresholds?|maximum)`,
	`(?:limits?|quotas?|requests|maximum|calls)\b.{0,60}\b(?:per|a|this|for the|for this|in a|each|24|of the) ?<period>`,
	`(?:limits?|quotas?|requests|maximum|calls)\b.{0,60}\b(?:\d+ ?/ ?<period>|(?:for )?today)`,
}

// strictMeanings are their words.
func strictMeanings() map[Meaning]entry {
	all := maps.Clone(meaningsOfCallers)
	maps.Copy(all, meaningsOfThings)
	return all
}

// meaningsOfCallers are about who asks: what they may do, how much of it, and whether it is paid for.
var meaningsOfCallers = map[Meaning]entry{
	Unauthenticated: {
		says: []string{
			`<keys>\b.{0,40}\b(?:invalid|incorrect|wrong|expired?|revoked|missing|required|empty|unknown|disabled|deactivated|malformed|mismatch|do(?:es)? not match|failed|inactive)`,
			`<keys>\b.{0,30}\bnot (?:be )?(?:valid|found|provided|recogni[sz]ed|accepted|active|set|verified|correct|registered|approved|known)`,
			`(?:invalid|incorrect|wrong|expired|revoked|missing|bad|unknown|no|malformed|inactive|unrecogni[sz]ed|without(?: a| an)?|valid) <some>{0,2}(?:(?:or|and|and/or) <some>?)?<some>?(?:\w+-)?<keys>`,
			`validating (?:\w+ )?<keys>`,
			`(?:bad|wrong|invalid|incorrect) (?:hash|hmac|nonce|digest|mac|checksum)\b`,
			`^(?:this |the |your |api )*key (?:is |has been |was )?(?:inactive|disabled|blocked|suspended|expired|revoked|deactivated|deleted)\b`,
			`sessions? time-?out`, `^(?:unauthori[sz]ed|invalid user)$`,
			`must be (?:authori[sz]ed|authenticated)`,
			`<cannot> verify\b.{0,50}\b<keys>`,
			`(?:hash|hmac|checksum|digest|mac|sign(?:ature)?) (?:verification|validation|check)(?: has| was)? (?:failed|failure|error)`,
			`(?:invalid|unknown|wrong|bad) (?:api|soap|rest|web ?service) (?:user|account|client|login)$`,
			`expired auth\w*|auth\w* (?:has |is )?expired`,
			`(?:invalid|wrong|unknown|incorrect|bad) (?:merchant|site|store|shop|terminal)(?: security)? (?:code|key|secret|id|number)s?\b`,
			`<cannot> (?:be )?(?:log(?:ged)? ?in|sign(?:ed)? ?in)\b`,
			`^(?:not|no|please) (?:log|sign)(?:ed)?[ -]?in`,
			`(?:invalid|wrong|bad|incorrect|missing|no) (?:auth\w*[ -])?sign(?:$|[ ,.:])`,
			`sign(?:ature)? (?:\w+ )?(?:error|wrong|invalid|verif\w+|fail\w*)`,
			`^(?:user |request )?auth(?:enticate|entication|ori[sz]e)? (?:fail(?:ed|ure)?|error)`,
			`(?:store|merchant|shop|api|app|account|partner|reseller) (?:credentials?|password|key|login) (?:\w+ )?(?:error|invalid|incorrect|wrong|mismatch)`,
			`(?:invalid|unknown|wrong|incorrect|bad) (?:api|app|application|developer|partner|client) ?(?:user|account|app|application|client)? ?(?:id|name|identifier)s?\b`,
			`^(?:this |the |your |api )*key (?:does not exist|not found|is not known)`,
			`<keys> error$`,
			`(?:not|\w+n't|never) (?:provide|supply|supplied|include|send|sent|pass|present|specify)(?:ed|d)? (?:\w+ ){0,3}<keys>`,
			`<keys>\b.{0,30}\bchanged`,
			`<keys> (?:must|should|has to|needs to) be (?:used|provided|supplied|sent|set|included|present|passed|specified)`,
			`(?:invalid|wrong|unknown|missing|unauthori[sz]ed|incorrect|bad|inactive)(?: or \w+)? (?:api )?key(?:$|\. \w+| - \w+| or sign\w*)`,
			`^key not found$`,
			`(?:invalid|incorrect|wrong|bad|unknown|expired) [a-z]+key(?:$|[ .,:;])`,
			`(?:must|need to|have to) use an? (?:valid )?<keys>`,
			`(?:not|\w+n't) (?:be )?(?:logged in|authenticated|signed in|verify your identity)`,
			`unauthenticated`,
			`unauthori[sz]ed (?:user|request)\b`,
			`(?:log[ -]?in|auth) fail(?:ed|ure)?`,
			`(?:invalid|wrong|missing|incorrect) (?:[\w-]+ )?authori[sz]ation(?:$| (?:header|token|data|code))`,
			`authentication\b.{0,20}\b(?:failed|failure|required)`,
			`(?:log|sign) in (?:or|and|first|before|to)\b`,
			`<cannot> (?:be )?(?:authenticated?|verif(?:y|ied) (?:your|the) (?:credentials|identity))`,
			`unrecogni[sz]ed authentication`,
			`(?:authentication|log[ -]?in) (?:is |was |has )?(?:required|failed|failure|error|needed|expired|missing|invalid|credentials were)`,
			`missing authentication`,
			`authori[sz]ation (?:is |was |has )?(?:required|missing|failure)`,
			`^authori[sz]ation failed$`,
			`<keys> (?:was |is |has |has been |have been )?(?:terminated|ended|timed out|closed)`,
			`re-?login|log ?in again`,
			`(?:no|not|invalid|incorrect|wrong|unknown|unrecogni[sz]ed)\b.{0,40}\b(?:user ?name|user|e-?mail(?: address)?|login)(?: and | or |/| and/or )password`,
			`(?:must|need to|have to|please|required to) (?:be )?(?:log in|sign in|login|authenticated?|logged in|signed in|re-?authenticate|reconnect)`,
			`(?:account|app|application|user) (?:has been|was|is) (?:disconnected|deauthori[sz]ed|uninstalled)`,
			`re-?authori[sz]e`,
		},
		unless: []string{
			`<other-tokens> (?:token|key)s?`,
			`sessions? (?:type|date|length|must)`,
			`3d[ -]?s(?:ecure)?|3ds`, // of a payer
			`tokens? (?:\w+ ){0,2}(?:with|for) (?:\w+ ){0,3}ids?`,
			`foreign key`,
			`(?:idempotency|primary|foreign|public|sort|partition|cache|hot|object|lookup|route)key`,
			`(?:insufficient|required|missing|necessary) (?:\w+ )?(?:permissions?|privileges?|scopes?|rights|roles?)`,
			`(?:invalid|unknown|no|missing) (?:\w+ )?(?:keys?|tokens?) (?:in|at|near)`,
		},
	},
	NoScope: {
		says: []string{
			`insufficient (?:\w+ )?(?:permissions?|privileges?|scopes?|rights|roles?|access|authority)`,
			`(?:missing|lacks?|lacking|without|requires?|needs?|no|not have|\w+n't have|not enough) (?:\w+ ){0,5}(?:scopes?|roles?|permissions?|privileges?|rights)`,
			`(?:additional|elevated|higher) (?:permissions?|privileges?|scopes?|rights)`,
			`(?:scopes?|permissions?|privileges?|roles?) (?:is |are |was |were )?(?:missing|required|insufficient|needed|denied)`,
			`(?:your|current|the|this|a|an) (?:\w+ ){0,2}(?:plan|subscription|edition|tier|license)\b.{0,40}\b(?:not|\w+n't)`,
			`(?:not|\w+n't) (?:\w+ )?(?:available|included|enabled|supported|part|allowed)\b.{0,40}\b(?:plan|subscription|edition|tier|licen[sc]e|package)`,
			`upgrade (?:your |to |the )?(?:\w+ ){0,2}(?:plan|account|subscription|tier|license)`,
			`premium (?:\w+ )?required`,
			`requires? (?:an? |the )?(?:\w+ ){0,3}(?:plan|subscription|tier|licen[sc]e|edition|package|membership)`,
			`(?:not|\w+n't) subscribed\b`,
			`only (?:available |open )?(?:for|to) (?:[\w-]+ ){0,2}(?:users|customers|accounts|plans|subscribers|members|partners)`,
		},
	},
	NoRight: {
		says: []string{
			`<who> (?:\w+ ){0,3}(?:is |are |was |were )?(?:not|\w+n't) (?:\w+ )?(?:authori[sz]ed|allowed|permitted|entitled|granted|eligible)`,
			`<who>\b.{0,30}\b(?:do|does|did)(?: not|n't) have (?:\w+ ){0,4}(?:permissions?|access|rights?|privileges?|scopes?|roles?)`,
			`(?:not|\w+n't) (?:authori[sz]ed|permitted|entitled) to`,
			`access (?:is |was |to .{1,40} )?(?:denied|forbidden|restricted)`,
			`access (?:from|to) .{1,40} (?:is |was |has been )?(?:blocked|banned|restricted|denied|not allowed)`,
			`forbidden`,
			`permission denied`,
			`unauthori[sz]ed to`,
			`<who> (?:do|does)(?: not|n't) (?:own|control|manage|belong to)`,
			`only (?:\w+ )?(?:admins?|administrators?|owners?|members|managers?) (?:can|may|are)`,
			`must be (?:an? |the )?(?:\w+ )?(?:admin|administrator|owner|member)`,
			`operation (?:is )?not permitted`,
			`unauthori[sz]ed ip`,
			`^(?:\w+ ){0,3}(?:access|trading|account|user|feature|function|service|api)s? (?:is |has been |was )?(?:disabled|suspended|deactivated|blocked|not enabled)(?: for (?:this|your|the) \w+)?$`,
			`ip(?:[ -]?address)? (?:is |has been |was )?(?:black-?listed|blocked|banned|restricted|denied)`,
			`not (?:be )?(?:allowed|permitted|available|enabled) (?:to|for) (?:this|your|the) (?:affiliate|account|user|merchant|partner|client|customer|key|app|application)`,
			`^no (?:permission|access|right|authority|privilege)s? (?:for|to|on)\b`,
			`ip(?:[ -]?address)?\b.{0,40}\bnot (?:be )?(?:allowed|permitted|(?:white|allow)[ -]?listed|authori[sz]ed|(?:in|on) (?:the |your )?(?:white|allow(?:ed)?)[ -]?list)`,
			`(?:you|users?|accounts?|callers?|clients?|merchants?|apps?) (?:do not|don't|<cannot>) (?:access|view|edit|manage|perform|use|call)\b`,
			`^(?:your |the |this )?(?:account|user|merchant|app|application|api) (?:is |has )?(?:not|\w+n't) (?:yet |been )*(?:active|activated|approved)$`,
			`<cannot> (?:[\w-]+ ){1,6}(?:using|with) (?:an?|this|your|the) (?:[\w-]+ ){0,3}<keys>`,
			`(?:row-level security|security|access) (?:policy|constraints?)`,
			`(?:account|user|store|shop|project|organi[sz]ation|workspace) (?:has been|is|was) (?:suspended|disabled|blocked|banned|deactivated)`,
		},
		unless: []string{`(?:client|server) error: \w+`}, // of an address that the vendor was to read
	},
	LongQuota: {
		says:   longQuota,
		unless: []string{`per[- ](?:second|sec|minute|min|hour)`, `per \d+ ?(?:s|m|h|sec|min)\w*`},
	},
	Quota: {
		says: append([]string{
			`(?:exceed\w*|reach\w*|out of|used up|exhausted|over|hit|run out of)\b.{0,40}\b(?:quotas?|credits?|allowance|budget|billing|plan(?:'s)? limits?|usage limits?|plan)`,
			`(?:quotas?|credits?|budget|usage limits?|plan(?:'s)? limits?|billing plan limits?|allowance|free tier)\b.{0,40}\b(?:exceed\w*|reached|exhausted|used up|depleted|expired|spent)`,
			`(?:not enough|not have enough|insufficient|no(?: more| remaining)?) (?:\w+ )?(?:credits?|quota)`,
			`(?:exceed\w*|over)\b.{0,30}\bplan`,
			`(?:usage|project|account)\b.{0,10}\bover (?:the |its |your )?limit`,
			`total ?(?:requests?|calls?|usage|messages?) (?:limit|quota)`,
			`(?:requests|searches|lookups|messages|trial|units|credits|calls)\b.{0,30}\b(?:used up|exhausted|depleted)`,
			`reached (?:your|the) (?:\w+ )?limit of \d+`,
			`(?:limit|number) of (?:free|trial|included|prepaid) (?:\w+ )?(?:is |was |has been )?(?:reached|exceeded|used)`,
			`(?:storage|disk|space|traffic|bandwidth) (?:limit|cap|quota)`,
			`(?:run|ran|running) out of (?:\w+ ){0,2}(?:searches|credits|requests|calls|units|tokens|lookups|messages|quota)`,
			`used (?:all|up) (?:of )?(?:your|the|its) (?:\w+ )?(?:\w+)`,
			`limit reach(?:ed)?\b.{0,20}\bupgrade`,
		}, longQuota...),
		unless: []string{
			`per[- ](?:second|sec|minute|min|hour)`,
			`per \d+ ?(?:s|m|h|sec|min)\w*`,
			`(?:this|current|each|every) (?:second|minute|hour)`,
			`rate[- ]?limit\w*`,
			`quota (?:metric|group)\b.*\bper`,
			`credit card`,
			`complexity`,
		},
	},
	Payment: {
		says: []string{
			`(?:card|payment|charge|transaction|authori[sz]ation|debit)\b.{0,30}\b(?:declined|refused|denied by (?:the )?(?:issuer|bank))`,
			`(?:issuer|bank) (?:has )?(?:declined|refused)`,
			`payments? (?:\w+ )?(?:has |have |is |was )?(?:failed|failure|required|overdue|past due)`,
			`(?:insufficient|not enough|(?:not|\w+n't) have enough) (?:\w+ )?(?:funds|balance|money|credit)`,
			`balance\b.{0,30}\b(?:too low|low|insufficient|not (?:enough|sufficient)|negative|exhausted|empty)`,
			`(?:unpaid|overdue|outstanding|past due) (?:\w+ )?(?:bills?|invoices?|balance|payments?|fees?|amount)`,
			`billing (?:\w+ )?(?:is |has been )?(?:not enabled|disabled|inactive|suspended|required)`,
			`(?:subscription|trial|plan)\b.{0,20}\b(?:has |is )?(?:expired|ended|inactive|cancell?ed|past due|lapsed)`,
			`(?:shop|store|account) (?:is |has been |was )?(?:frozen)`,
			`(?:add|provide|update|enter) (?:a |your )?(?:valid )?(?:payment method|billing|credit card)`,
			`do not honou?r`,
			`(?:low|zero|no|negative) (?:account )?balance`,
			`^(?:\w+ ){0,2}declined(?: for\b|:|$)`,
		},
		unless: []string{`(?:state|status) is \w+`},
	},
}
