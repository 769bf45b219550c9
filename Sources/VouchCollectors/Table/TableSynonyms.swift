import VouchModel

/// What other tools call the columns of our record types.
enum TableSynonyms {
  /// Lower-case letters and digits only.
  static func plain(_ name: some StringProtocol) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  /// Other names of a record's column, in the form ``plain(_:)`` gives.
  static func names(of column: String, in record: RecordType) -> [String] {
    // `hired_at` is also found as Hired, `owner_id` as Owner.
    let stem = column.hasSuffix("_at") || column.hasSuffix("_id") ? [plain(column.dropLast(3))] : []
    return stem + (synonyms["\(record.name).\(column)"] ?? []) + (synonyms[column] ?? [])
      + (record.key == [column]
        ? ["id", "key", "number", "\(record.name)number", record.name] : [])
  }

  /// What a word of an export means, among the words a column knows; nil when it cannot be told.
  static func word(_ text: String, among known: [String]) -> String? {
    let word = plain(text)
    return known.first { plain($0) == word }
      ?? known.first { words[$0]?.contains(word) ?? false }
  }

  private static let words: [String: [String]] = [
    "active": ["aktiv", "enabled", "current", "employed", "inuse", "true", "yes"],
    "suspended": ["locked", "lockedout", "blocked", "gesperrt"],
    "disabled": [
      "inactive", "deactivated", "deprovisioned", "deleted", "inaktiv", "deaktiviert", "false",
      "no",
    ],
    "leave": ["onleave", "loa", "parentalleave", "beurlaubt", "elternzeit"],
    "ended": ["terminated", "left", "leaver", "inactive", "former", "resigned", "ausgeschieden"],
    "employee": ["fulltime", "parttime", "permanent", "regular", "internal", "festangestellt"],
    "contractor": ["external", "freelancer", "consultant", "temp", "temporary", "extern"],
    "critical": ["p1", "sev1", "s1", "highest", "blocker", "urgent", "kritisch"],
    "high": ["p2", "sev2", "s2", "major", "important", "hoch"],
    "medium": ["p3", "sev3", "s3", "moderate", "normal", "mittel"],
    "low": ["p4", "sev4", "s4", "minor", "trivial", "niedrig", "gering"],
    "production": ["prod", "live", "prd"], "staging": ["stage", "stg", "preprod", "uat"],
    "test": ["testing", "qa", "tst"], "development": ["dev", "develop"],
    "workstation": ["laptop", "desktop", "notebook", "client", "pc"],
    "server": ["vm", "virtualmachine", "physicalserver", "virtualserver"],
    "network": ["switch", "router", "firewall", "accesspoint"],
    "installed": ["applied", "succeeded", "success"], "missing": ["notinstalled", "needed"],
    "passed": ["pass", "ok", "compliant"], "failed": ["fail", "noncompliant"],
    "confidential": ["vertraulich"], "public": ["oeffentlich", "öffentlich"],
    "internal": ["intern"],
  ]

  /// What a file is called that holds a kind of record.
  static let fileWords: [String: [String]] = [
    "person": ["employee", "staff", "roster", "hr", "personal", "people", "worker", "mitarbeiter"],
    "account": ["user", "login", "benutzer"],
    "access_grant": ["grant", "entitlement"],
    "asset": ["inventory", "cmdb", "device", "server", "hosts", "inventar"],
    "ticket": ["issue", "case", "helpdesk"], "incident": ["stoerung"],
    "training": ["course", "learning", "schulung"], "vendor": ["supplier", "lieferant"],
    "patch_event": ["patch", "update"], "finding": ["vuln"], "document": ["polic", "richtlinie"],
    "acknowledgement": ["acknowledg", "signature"], "certificate": ["cert", "tls"],
    "change": ["release", "deploy"], "outage": ["downtime"], "restore_test": ["restore"],
    "screening": ["background"], "backup_job": ["backup"], "risk": ["risik"],
  ]

  private static let synonyms: [String: [String]] = [
    "account.account_id": [
      "username", "user", "login", "userid", "useremail", "email", "loginname",
    ],
    "account.created_at": ["creationdate", "usercreationtime", "createddate", "created"],
    "account.last_used_at": [
      "lastlogin", "lastsignin", "lastlogindate", "lastused", "lastactive", "passwordlastused",
    ],
    "account.mfa_enrolled": ["mfaactive", "mfa", "2fa", "twofactor", "2svenrolled", "mfaenabled"],
    "account.mfa_enforced": ["2svenforced", "mfarequired", "enforced2fa"],
    "account.privileged": ["admin", "isadmin", "superadmin", "administrator"],
    "account.status": ["enabled", "isenabled", "accountenabled", "active", "isactive"],
    "vendor.tier": ["criticality", "tierlevel"],
    "account.roles": ["role", "groups", "group", "permissions", "profile"],
    "account.hostname": ["host", "server", "computer", "machine"],
    "addresses": ["ip", "ipaddress", "ipaddresses", "ipv4", "address", "primaryip"],
    "advisory": ["kb", "bulletin", "patchid", "kbnumber", "bulletinid"],
    "app": ["product", "software", "component", "package", "packagename"],
    "applied_at": ["installedon", "installdate", "dateinstalled", "deployedon", "installed"],
    "approved_at": ["approvaldate", "approvedon", "dateapproved"],
    "approver_id": ["approver", "approvedby", "authorisedby", "authorizedby"],
    "asset_id": [
      "hostname", "host", "asset", "device", "devicename", "machine", "computername", "server",
      "computer", "machinename", "endpoint", "instance", "assettag", "serialnumber",
    ],
    "asset.hostname": ["host", "name", "fqdn", "devicename", "computername", "servername"],
    "asset.asset_id": ["assettag", "tag", "inventorynumber", "ciid", "serialnumber", "sysid"],
    "assigned_at": ["assigneddate", "enrolledon", "dateassigned", "enrollmentdate"],
    "acknowledged_at": ["acknowledgeddate", "signeddate", "signedon", "firstresponse", "accepted"],
    "author_id": ["author", "submittedby", "createdby"],
    "closed_at": ["closeddate", "dateclosed", "closedon"],
    "completed_at": ["completiondate", "completed", "completedon", "datecompleted", "finished"],
    "course": ["coursename", "training", "module", "coursetitle", "trainingname"],
    "created_at": ["created", "opened", "openedat", "datecreated", "creationdate", "reported"],
    "cves": ["cve", "cveid", "cveids", "vulnerability", "vulnerabilityid"],
    "data_class": ["classification", "dataclassification", "sensitivity"],
    "department": ["dept", "team", "costcentre", "costcenter", "division", "abteilung"],
    "detected_at": ["detected", "detectiondate", "discovered", "datedetected", "opened"],
    "doc_id": ["policy", "document", "policyid", "documentid", "policyname", "documentname"],
    "due_at": ["due", "duedate", "deadline", "targetdate", "dateduedate"],
    "effective_at": ["effectivedate", "validfrom", "inforcefrom"],
    "ended_at": ["end", "endtime", "finished", "endtimeutc", "enddate", "completed"],
    "environment": ["env", "stage"],
    "expires_at": [
      "expires", "expiry", "expirydate", "validuntil", "expiration", "expirationdate",
    ],
    "first_seen": ["firstseen", "firstfound", "firstdetected", "firstdiscovered", "detectiondate"],
    "granted_at": ["granted", "grantdate", "dategranted"],
    "hired_at": [
      "hiredate", "startdate", "dateofhire", "joined", "joiningdate", "eintritt",
      "eintrittsdatum", "employmentstart",
    ],
    "impact": ["consequence", "impactscore"],
    "internet_facing": ["public", "external", "exposed", "publicfacing"],
    "job": ["jobname", "task", "taskname", "schedule"],
    "job_id": ["job", "backupid", "sessionid", "session", "archive", "snapshot"],
    "kind": ["type", "category", "class"],
    "last_seen": ["lastfound", "lastdetected", "lastobserved"],
    "likelihood": ["probability", "likelihoodscore"],
    "manager_id": ["manager", "supervisor", "reportsto", "vorgesetzter", "linemanager"],
    "occurred_at": ["date", "eventdate", "when"],
    "os": ["operatingsystem", "platform", "osname", "osversion"],
    "owner_id": ["owner", "assignee", "assignedto", "responsible", "riskowner", "accountable"],
    "package": ["packagename", "product", "title", "update"],
    "person_id": [
      "employeeid", "employeenumber", "employee", "empid", "staffid", "personnelnumber",
      "personalnummer", "mitarbeiternummer", "workerid", "user", "username", "email", "person",
    ],
    "priority": ["prio"],
    "released_at": ["releasedate", "published", "publisheddate", "posted"],
    "report_from": ["periodstart", "reportstart"], "report_to": ["periodend", "reportend"],
    "requester_id": ["requester", "requestedby", "reporter", "caller", "requestor"],
    "resolved_at": ["resolved", "resolutiondate", "resolveddate", "solved", "solvedat", "closed"],
    "result": ["outcome", "status"],
    "reviewed_at": ["reviewdate", "lastreview", "reviewed", "lastreviewed", "datereviewed"],
    "risk_id": ["risk", "riskno", "riskref", "ref"],
    "role": ["title", "jobtitle", "position", "function"],
    "score": ["cvss", "cvssscore", "cvssbase", "grade", "mark", "percent"],
    "service": ["component", "servicename", "application", "system", "monitor"],
    "severity": ["priority", "risk", "criticality", "threat", "urgency", "level"],
    "start_at": ["start", "started", "from", "downat", "starttime"],
    "end_at": ["end", "ended", "to", "upat", "endtime", "resolved"],
    "started_at": ["start", "starttime", "begin", "startdate", "started", "launched"],
    "status": ["state", "accountstatus", "employmentstatus", "stage"],
    "store_id": ["database", "volume", "bucket", "dataset", "source", "client", "vmname"],
    "terminated_at": [
      "terminationdate", "leavedate", "enddate", "dateofleaving", "exitdate", "austritt",
      "austrittsdatum", "lastday", "lastworkingday", "employmentend",
    ],
    "ticket_id": ["ticket", "issuekey", "key", "issue", "number", "case", "request", "requestid"],
    "title": ["name", "summary", "risktitle", "description"],
    "vendor_id": ["vendor", "supplier", "vendorname", "thirdparty", "company", "name"],
    "version": ["ver", "revision", "rev"],
  ]
}
