import VouchModel

/// A guess at the mapping of an export that nobody has mapped yet, for a person to look through.
public struct TableProposal: Sendable {
  public let record: RecordType
  /// Record column -> the export's column or JSON path.
  public let columns: [String: String]
  /// What a person has to look at: how each column was found, and what is missing.
  public let notes: [String]
}

extension TableProposal {
  /// The source as an entry of `vouch.yaml`, with the notes as comments.
  public func entry(named name: String, file: String) -> String {
    var lines = notes.map { "  # \($0)" }
    lines.insert("\(name):", at: 0)
    lines += [
      "  file: \(JSONText.quoted(file))", "  format: table", "  record: \(record.name)",
      "  columns:",
    ]
    for column in TableMapping.columns(of: record) {
      if let export = columns[column.name] {
        lines.append("    \(column.name): \(JSONText.quoted(export))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension TableMapping {
  /// Proposes record type and columns from the header of a CSV or the first row of a JSON export.
  ///
  /// Names are compared without case, spaces and punctuation: first with the record's columns,
  /// then with what other tools call them, then by spelling. Nil when nothing fits, that is when
  /// no record type has a key column among the header's names.
  public static func propose(head: Head) -> TableProposal? {
    let names = head.json == nil ? head.delimitedHeader : JSONKeys.ofFirstRow(head.text)?.paths
    guard let names else { return nil }
    return propose(columns: names, file: head.name)
  }

  /// Proposes record type and columns from the names alone; the file's name breaks ties.
  static func propose(columns names: [String], file: String) -> TableProposal? {
    var best: (score: Int, guess: Guess)?
    for record in RecordType.all {
      let guess = Guess(record, names: names)
      guard let score = guess.score(file: file) else { continue }
      if score > best?.score ?? 0 { best = (score, guess) }
    }
    return best?.guess.proposal
  }
}

/// The best assignment of an export's names to the columns of one record type.
private struct Guess {
  let record: RecordType
  let names: [String]
  /// Record column -> name in the export and how sure: 3 same name, 2 synonym, 1 spelling.
  var found: [String: (name: String, confidence: Int)] = [:]

  init(_ record: RecordType, names: [String]) {
    self.record = record
    self.names = names
    let plain = names.map(Self.plain)
    var free = Set(names.indices)
    let columns = TableMapping.columns(of: record).map(\.name)
    func take(_ confidence: Int, _ matches: (String, Int) -> Bool) {
      for column in columns where found[column] == nil {
        guard let i = free.sorted().first(where: { matches(column, $0) }) else { continue }
        found[column] = (names[i], confidence)
        free.remove(i)
      }
    }
    take(3) { column, i in plain[i] == Self.plain(column) }
    take(2) { column, i in Self.synonyms(of: column, in: record).contains(plain[i]) }
    take(1) { column, i in
      plain[i].count >= 5 && nearest(to: plain[i], among: [Self.plain(column)]) != nil
    }
  }

  /// Key columns weigh most; without any of them it is a list of something else.
  func score(file: String) -> Int? {
    let keys = record.key.filter { found[$0] != nil }
    let fed = record.key.filter { found[$0] != nil || $0 == "source" }
    guard !keys.isEmpty else { return nil }
    let sum = found.values.reduce(0) { $0 + $1.confidence * 10 }
    let unread = names.count - found.count
    return sum + (fed.count == record.key.count ? 25 : 0) - unread * 3
      + (file.contains(record.name) ? 15 : 0)
  }

  var proposal: TableProposal {
    TableProposal(record: record, columns: found.mapValues(\.name), notes: notes)
  }

  private var notes: [String] {
    var notes: [String] = []
    for column in TableMapping.columns(of: record) {
      guard let (name, confidence) = found[column.name] else { continue }
      switch confidence {
      case 3: notes.append("\(column.name): '\(name)', the same name")
      case 2: notes.append("\(column.name): '\(name)', a name other tools use for it")
      default: notes.append("\(column.name): '\(name)', by spelling only: check it")
      }
    }
    for key in record.key where found[key] == nil && key != "source" {
      notes.append("\(key): missing, and it tells one \(record.name) from another")
    }
    let times = record.columns.filter { $0.kind == .instant && found[$0.name] != nil }
    if !times.isEmpty {
      notes.append(
        "\(times.map(\.name).joined(separator: ", ")): name zone and, if not ISO 8601, formats")
    }
    let read = Set(found.values.map(\.name))
    let unread = names.filter { !read.contains($0) && !$0.isEmpty }
    if !unread.isEmpty { notes.append("not read: \(unread.joined(separator: ", "))") }
    return notes
  }

  /// Lower-case letters and digits only.
  static func plain(_ name: some StringProtocol) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }

  private static func synonyms(of column: String, in record: RecordType) -> [String] {
    // `hired_at` is also found as Hired, `owner_id` as Owner.
    let stem = column.hasSuffix("_at") || column.hasSuffix("_id") ? [plain(column.dropLast(3))] : []
    return stem + (synonyms["\(record.name).\(column)"] ?? []) + (synonyms[column] ?? [])
      + (record.key == [column]
        ? ["id", "key", "number", "\(record.name)number", record.name] : [])
  }

  /// What other tools call our columns, in the form ``plain(_:)`` gives.
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
    "risk_id": ["risk", "riskno", "ref"],
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
