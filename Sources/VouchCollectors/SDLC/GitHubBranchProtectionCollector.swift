import VouchModel

/// Reads the protection of one branch: the REST answer, also its 404 "Branch not protected", a
/// recording of several such requests, and the webhook event about a rule.
enum GitHubBranchProtectionCollector: Collector {
  static let format = "github_branch_protection"
  static let summary = "GitHub branch protection, REST answer or webhook"
  static let gives: [RecordType] = [.repository]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    if json.has(all: "action", "rule") { return true }
    if json["message"].text == "Branch not protected" { return true }
    if json["url"].text?.contains("/protection") ?? false {
      return json.has(any: "enforce_admins", "required_status_checks", "required_signatures")
    }
    let first = json[0]
    return first.has(all: "path", "response")
      && first["path"].text?.hasSuffix("/protection") ?? false
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.repository)
    guard let json = try item.json(format: format, reading) else { return }
    if let recorded = json.array {
      for (i, exchange) in recorded.enumerated() { readExchange(exchange, "/\(i)", reading) }
    } else if json.has("rule") {
      readEvent(json, reading)
    } else {
      let isUnprotected = json["message"].text == "Branch not protected"
      let address = json["url"].text ?? item.provenance.endpoint
      append(isUnprotected ? .none : BranchProtection(rest: json), address, "", reading)
    }
  }

  /// One recorded request: 404 and a successful DELETE leave the branch unprotected.
  private static func readExchange(_ exchange: JSON, _ place: String, _ reading: Reading) {
    let status = exchange["status"].integer
    let isGone = status == 404 || exchange["method"].text?.lowercased() == "delete"
    guard isGone || status == 200 else {
      reading.diagnose(
        Diagnostic(
          "github_branch_protection.failed", .error, at: reading.item.at(place),
          "the request was answered with status \(status.map(String.init) ?? "none")",
          why: "the protection of this branch is unknown", fix: "collect it again"))
      return
    }
    append(
      isGone ? .none : BranchProtection(rest: exchange["response"]), exchange["path"].text,
      "\(place)/response", reading)
  }

  private static func append(
    _ protection: BranchProtection, _ address: String?, _ place: String, _ reading: Reading
  ) {
    guard let repo = repository(inAddress: address) ?? reading.item.subjectRepository else {
      reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
      return
    }
    let branch = address?.firstMatch(of: /\/branches\/([^\/?]+)\/protection/)
    var record = Record(.repository, place: place)
    record["repo"] = .text(repo)
    record["protection"] = .text(protection.json(branch: branch.map { String($0.1) }))
    reading.append(record)
  }

  private static func readEvent(_ json: JSON, _ reading: Reading) {
    let rule = json["rule"]
    guard let repo = json.at("repository", "full_name").text else {
      reading.diagnose(.repositoryUnknown(format, at: reading.item.at("/repository")))
      return
    }
    let action = json["action"].text ?? ""
    let at = rule["updated_at"].instant
    var record = Record(.repository, place: "/rule", at: at)
    record["repo"] = .text(repo)
    record["archived"] = .flag(json.at("repository", "archived").flag)
    let protection = action == "deleted" ? BranchProtection.none : BranchProtection(event: rule)
    record["protection"] = .text(protection.json(branch: rule["name"].text))
    let event = JSON.object([
      ("at", at.json), ("actor", GitHub.login(json["sender"]).map { .string($0) } ?? .null),
      ("action", .string("branch_protection_rule.\(action)")),
    ])
    record["audit_events"] = .text(JSON.array([event]).serialised)
    reading.append(record)
  }
}
