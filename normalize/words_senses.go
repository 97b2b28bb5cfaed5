package normalize

// Meanings that the generic reader looks for. They are narrower than those above: a sentence of an unknown vendor must
// say it in so many words.
const (
	MeansUnauthenticated Meaning = "unauthenticated"      // a credential is missing, wrong, expired or revoked
	MeansNoRight         Meaning = "no-right"             // who asks may not do this
	MeansNoScope         Meaning = "no-scope"             // a scope, role, plan or permission is missing
	MeansQuota           Meaning = "quota-exceeded"       // of a day, a month, a plan; credits are used up
	MeansPayment         Meaning = "payment-required"     // declined, unpaid, balance too low
	MeansConflict        Meaning = "conflict"             // wrong state, stale, locked, in use
	MeansUnavailable     Meaning = "upstream-unavailable" // down, overloaded, without capacity
	MeansTimeout         Meaning = "upstream-timeout"     // took too long
	MeansBadValue        Meaning = "bad-value"            // well-formed, and not accepted
	MeansBodyTooLarge    Meaning = "payload-too-large"    // the request as a whole
	MeansTryAgain        Meaning = "try-again"            // the same request may be sent again
)

const (
	keys   = `(?:passwords?|credentials?|tokens?|api[ -]?keys?|(?:access|secret|subscription|app|license) keys?|client (?:id|secret)s?|secrets?|logins?|sessions?|signatures?|jwt|authori[sz]ation (?:header|code)s?|auth\w* headers?|bearer)`
	tokens = `(?:registration|device|push|page|paging|continuation|card|payment|source|sync|next|csrf|unexpected|json|syntax|parser|reset|invitation|upload)`
	who    = `(?:you|users?|accounts?|tokens?|keys?|clients?|app(?:lication)?s?|callers?|roles?|integrations?|connections?|principals?|members?|credentials?|permissions?|requester|consumer)`
	states = `(?:scheduled|draft|drafts|published|active|inactive|paid|unpaid|completed?|closed|open|cancell?ed|archived|deleted|expired|refunded|captured|authori[sz]ed|shipped|delivered|started|running|finished|pending|processing|locked|finali[sz]ed|approved|rejected|settled|voided|submitted|sent|merged|released|confirmed|posted|suspended)`
	change = `(?:be )?(?:updat|delet|remov|cancel|chang|modif|edit|mov|renam|refund|captur|clos|reopen|archiv|merg|publish|unpublish|approv|process|complet|start|stop|void|transition|overwrit|reassign|ship|schedul)\w*`
)

// senses are the vocabularies of the meanings above.
var senses = map[Meaning]vocabulary{
	MeansUnauthenticated: words(
		`\b`+keys+`\b.{0,30}\b(?:invalid|incorrect|wrong|expired?|revoked|missing|required|unknown|disabled|deactivated|malformed|not (?:be )?(?:valid|found|provided|recogni[sz]ed|accepted|active|set|verified)|mismatch|do(?:es)? not match|failed|inactive)\b`,
		`\b(?:invalid|incorrect|wrong|expired|revoked|missing|bad|unknown|no|malformed|inactive|unrecogni[sz]ed|without(?: a| an)?|valid) (?:or \w+ )?(?:\w+ ){0,2}`+keys+`\b`,
		`\bvalidating (?:\w+ )?`+keys+`\b`, `\b(?:not|n't|never) (?:provide|supply|supplied|include|send|sent|pass|present|specify)(?:ed|d)? (?:\w+ ){0,3}`+keys+`\b`,
		`\b(?:not|n't) (?:be )?(?:logged in|authenticated|signed in|verify your identity)\b`, `\bunauthenticated\b`, `\b`+cannot+` (?:be )?(?:authenticated?|verif(?:y|ied) (?:your|the) (?:credentials|identity))`,
		`\b(?:authentication|login) (?:is |was |has )?(?:required|failed|failure|error|needed|expired|missing|invalid|credentials were)\b`, `\bauthori[sz]ation (?:is |was )?(?:required|missing)\b`,
		`\b(?:no|not|invalid|incorrect|wrong|unknown|unrecogni[sz]ed)\b.{0,40}\b(?:user ?name|user|e-?mail(?: address)?|login)(?: and | or |/)password\b`, `\bmissing authentication\b`, `\b(?:must|need to|have to|please|required to) (?:be )?(?:log in|sign in|login|authenticated?|logged in|signed in|re-?authenticate|reconnect)\b`,
		`\b(?:account|app|application|user) (?:has been|was|is) (?:disconnected|deauthori[sz]ed|uninstalled)\b`, `\bre-?authori[sz]e\b`,
		`\b(?:session|token|anmeldung)\b.{0,20}\babgelaufen\b`, `\bnicht (?:angemeldet|authentifiziert)\b`,
	).butNot(`\b`+tokens+` (?:token|key)s?\b`, `\bsessions? (?:not found|type|date|length|must)\b`, `\bforeign key\b`, `\b(?:invalid|unknown|no|missing) (?:\w+ )?(?:keys?|tokens?) (?:in|at|near)\b`),
	MeansNoScope: words(
		`\binsufficient (?:\w+ )?(?:permissions?|privileges?|scopes?|rights|roles?|access|authority)\b`, `\b(?:missing|lacks?|lacking|without|requires?|needs?|no|not have) (?:\w+ ){0,5}(?:scopes?|roles?|permissions?|privileges?|rights)\b`,
		`\b(?:your|current|the|this|a|an) (?:\w+ ){0,2}(?:plan|subscription|edition|tier|license)\b.{0,40}\b(?:not|n't)\b`, `\b(?:not|n't) (?:\w+ )?(?:available|included|enabled|supported|part|allowed)\b.{0,40}\b(?:plan|subscription|edition|tier|licen[sc]e|package)\b`,
		`\bupgrade (?:your |to |the )?(?:\w+ ){0,2}(?:plan|account|subscription|tier|license)\b`, `\b(?:scopes?|permissions?|privileges?|roles?) (?:is |are |was |were )?(?:missing|required|insufficient|needed|denied)\b`,
		`\bkeine (?:berechtigung|rechte)\b`,
	),
	MeansNoRight: words(
		`\b`+who+` (?:\w+ ){0,3}(?:is |are |was |were )?(?:not|n't) (?:\w+ )?(?:authori[sz]ed|allowed|permitted|entitled|granted|eligible)\b`, `\b`+who+`\b.{0,30}\b(?:do|does|did)(?: not|n't) have (?:\w+ ){0,4}(?:permissions?|access|rights?|privileges?|scopes?|roles?)\b`,
		`\b(?:not|n't) (?:authori[sz]ed|permitted|entitled) to\b`, `\baccess (?:is |was |to .{1,40} )?(?:denied|forbidden|restricted)\b`, `\bforbidden\b`, `\bpermission denied\b`, `\bunauthori[sz]ed to\b`,
		`\bonly (?:\w+ )?(?:admins?|administrators?|owners?|members|managers?) (?:can|may|are)\b`, `\bmust be (?:an? |the )?(?:\w+ )?(?:admin|administrator|owner|member)\b`, `\boperation (?:is )?not permitted\b`,
		`\b(?:account|user|store|shop|project|organi[sz]ation|workspace) (?:has been|is|was) (?:suspended|disabled|blocked|banned|deactivated)\b`, `\bzugriff verweigert\b`,
	),
	MeansQuota: words(
		`\b(?:daily|monthly|weekly|yearly|annual)\b.{0,40}\b(?:limits?|quotas?|usage|requests|allowance|cap)\b`, `\b(?:limits?|quotas?|requests|maximum|calls)\b.{0,60}\b(?:per|a|this|for the|for this|in a|each|24|of the) ?(?:day|month|week|year|24 hours|billing (?:period|cycle))\b`,
		`\b(?:exceed\w*|reach\w*|out of|used up|exhausted|over|hit|run out of)\b.{0,40}\b(?:quotas?|credits?|allowance|billing|plan(?:'s)? limits?|usage limits?|plan)\b`,
		`\b(?:quotas?|credits?|usage limits?|plan(?:'s)? limits?|billing plan limits?|allowance|free tier)\b.{0,40}\b(?:exceed\w*|reached|exhausted|used up|depleted|expired|spent)\b`,
		`\b(?:not enough|insufficient|no(?: more| remaining)?) (?:\w+ )?(?:credits?|quota)\b`, `\btageslimit\b|\bmonatslimit\b|\bkontingent\b`,
	).butNot(`\bper[- ](?:second|sec|minute|min|hour)\b`, `\bper \d+ ?(?:s|m|h|sec|min)\w*\b`, `\brate[- ]?limit`, `\bquota (?:metric|group)\b.*\bper\b`, `\bcredit card\b`),
	MeansPayment: words(
		`\b(?:card|payment|charge|transaction|authori[sz]ation|debit)\b.{0,30}\b(?:declined|refused|denied by (?:the )?(?:issuer|bank))\b`, `\bpayments? (?:has |have |is |was )?(?:failed|required|overdue|past due)\b`,
		`\b(?:insufficient|not enough|not have enough) (?:\w+ )?(?:funds|balance|money|credit)\b`, `\bbalance\b.{0,30}\b(?:too low|insufficient|not (?:enough|sufficient)|negative|exhausted|empty)\b`,
		`\b(?:unpaid|overdue|outstanding|past due) (?:\w+ )?(?:bills?|invoices?|balance|payments?|fees?|amount)\b`, `\bbilling (?:\w+ )?(?:is |has been )?(?:not enabled|disabled|inactive|suspended|required)\b`,
		`\b(?:subscription|trial|plan)\b.{0,20}\b(?:has |is )?(?:expired|ended|inactive|cancell?ed|past due|lapsed)\b`, `\b(?:shop|store|account) (?:is |has been |was )?(?:frozen)\b`, `\b(?:add|provide|update) (?:a |your )?(?:valid )?(?:payment method|billing)\b`,
		`\bpayment (?:is )?required\b`,
	),
	MeansConflict: words(
		`\bcannot (?:\w+ ){0,3}because\b.{0,60}\b(?:is|are|has|have|was|were)\b`, `\b(?:cannot|can't|can not|could not|couldn't|unable to|may not|not possible to|not allowed to|must not) (?:\w+[ -]){0,4}?`+change+`\b.{0,80}\b(?:non[- ]?|not |already |in |while |when |once |after |is |are |has |have |was |were |an? |being )(?:\w+ ){0,3}?(?:`+states+`|state|status|progress|use|used|created|depend\w+|attached)\b`,
		`\b`+cannot+` (?:automatically )?(?:be )?(?:cherry-pick|merge|rebase)`, `\balready (?:been )?(?:`+states+`|in progress|processed|used up|accepted|applied|declined|executed|claimed|redeemed|cherry-picked|ended|done|enabled|disabled|deployed|reversed)\b`,
		`\b(?:still|currently) (?:in use|used|referenced|being|locked|running|processing|attached|in progress)\b`, `\b(?:is|are|being) (?:currently )?(?:locked|in use|referenced by|used by|busy)\b`, `\bin use by\b`,
		`\bhas (?:\w+ )?(?:dependent|dependen(?:cies|ts)|child|children|associated|linked|existing)\b.{0,60}\b(?:cannot|can't|could not|not)\b`, `\b(?:cannot|can't) be (?:deleted|removed)\b`,
		`\b(?:stale|outdated|out of date|version (?:mismatch|conflict)|optimistic lock\w*|edit conflict|update conflict|modified (?:by|since)|changed since|concurrent(?:ly)? (?:\w+ )?(?:modif|updat|request|edit)\w*)\b`,
		`\b(?:invalid|illegal|wrong|incorrect|unexpected) (?:\w+ )?(?:state|status) (?:for|to|transition|change)\b`, `\b(?:not|n't) (?:in|in the) (?:a |an |the )?(?:\w+ ){0,3}(?:state|status)\b`, `\b(?:in|its|current) (?:\w+ ){0,2}(?:state|status) (?:does not|doesn't|cannot|is not)\b`,
		`\bonly (?:be )?(?:\w+ ){0,6}(?:in|with) (?:\w+ ){0,3}(?:state|status)\b`, `\b(?:another|other) (?:\w+ ){0,3}(?:is )?(?:in progress|already running|pending|under way)\b`, `\bno longer (?:be )?(?:`+change+`|possible|editable|active|pending|open)\b`,
	).butNot(`\balready exists?\b`),
	MeansUnavailable: words(
		`\boverload(?:ed|ing)?\b`, `\b(?:temporarily|currently|momentarily) (?:un(?:available|reachable)|down|offline|not available)\b`, `\b(?:under|undergoing|scheduled|planned|for|in) maintenance\b`, `\bmaintenance (?:mode|window|in progress)\b`,
		`\b(?:not|n't) have (?:enough|sufficient) (?:\w+ )?(?:resources|capacity)\b`, `\b(?:no|insufficient|lack of|out of|at|not enough|limited) (?:\w+ )?capacity\b`, `\bservice (?:is )?(?:\w+ )?(?:unavailable|down|offline)\b`, `\bserver (?:is )?(?:too )?busy\b`,
		`\b(?:wartungsarbeiten|vorübergehend nicht (?:verfügbar|erreichbar))\b`,
	),
	MeansTimeout: words(`\btimed[- ]?out\b`, `\btime-?outs?\b`, `\bdeadline (?:was |has been )?exceeded\b`, `\btook too long\b`).butNot(`\btime-?outs? (?:must|value|parameter|should|is not|invalid|of)\b`, `\binvalid time-?out`),
	MeansBadValue: words(
		`\b(?:must|should|may|can) (?:not )?be (?:in the (?:past|future)|greater|less|more|at (?:least|most)|between|positive|negative|before|after|later|earlier|blank|empty|longer|shorter|higher|lower|no (?:more|less)|above|below|unique|equal|within|one of)\b`,
		`\b(?:can't|cannot|can not|may not) be (?:blank|empty|negative|in the past|in the future|zero|null|longer|greater|less|the same|before|after)\b`, `\btoo (?:long|short|high|low|small|big|weak|early|late|old|young)\b`,
		`\bis not an? (?:valid |recogni[sz]ed |supported |real )?(?:\w+ )?(?:number|e-?mail(?: address)?|address|phone(?: number)?|date|currency|country|iban|card|postcode|zip(?: code)?|language|locale|url)\b`,
		`\b(?:invalid|incorrect|wrong|not a valid|unsupported) (?:\w+ )?(?:e-?mail(?: address)?|phone(?: number)?|mobile(?: number)?|card(?: number)?|iban|vat(?: number)?|date of birth|amount|currency|country(?: code)?|postal code|post ?code|zip ?code|tax (?:id|number)|cvc|cvv|expiry|quantity|price|address)\b`,
		`\b(?:e-?mail(?: address)?|phone(?: number)?|card number|iban|vat number|amount|currency|quantity|price|country code|post ?code|zip code)\b.{0,60}\b(?:is|was) (?:not valid|invalid|not accepted|not supported|out of range)\b`,
		`\bexceeds? (?:the )?(?:\w+ ){0,2}(?:maximum|limit|max|allowed|available|balance|stock|length)\b`, `\b(?:minimum|maximum) (?:\w+ ){0,3}(?:is|are|of)\b`, `\b(?:at least|at most|no more than|fewer than|more than) \d`, `\bdo(?:es)? not match\b`, `\bin the past\b`,
	),
	MeansBodyTooLarge: words(`\b(?:request|payload|body|entity|file|upload|attachment|content)\b.{0,30}\btoo (?:large|big)\b`, `\b(?:request|payload|body|file|upload|attachment)(?: \w+)? (?:size )?exceeds?\b`, `\bmaximum (?:request|payload|body|file|upload) size\b`),
	MeansTryAgain: words(
		`\b(?:request|operation|call|it)\b.{0,30}\b(?:should|can|may|must) (?:safely )?be (?:re-?tried|repeated|re-?sent|sent again|tried again)\b`, `\b(?:please|you (?:can|may|should)) (?:\w+ ){0,2}?(?:re-?try|try|send|repeat|resend)\b`,
		`\b(?:safe to|retry (?:the|your|this)) (?:re-?try|request|operation|call)\b`, `\bre-?try (?:later|again|your request|the request|this request)\b`, `\btry (?:your request |the request |this |it )?again (?:later|in|shortly|soon|after)\b`,
	).butNot(`\b(?:do not|don't|never|should not|shouldn't|must not) (?:re-?try|repeat|resend)\b`, `\btry (?:\w+ )?(?:another|a different|with)\b`),
}
