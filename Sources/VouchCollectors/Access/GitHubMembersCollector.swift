import VouchModel

/// Reads the members of a GitHub organisation: GraphQL with role and second factor, or the REST
/// lists of members and outside collaborators.
///
/// GraphQL tells whether a member has a second factor to owners only, and null to everybody else.
/// The REST list says nothing of it, unless it was asked for the members without one
/// (`filter=2fa_disabled`, named in the address or in the option `filter`).
enum GitHubMembersCollector: Collector {
  static let format = "github_members"
  static let summary = "Members of a GitHub organisation, their role and second factor"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    let answer = json.array?.first { $0.has("data") } ?? json
    if answer.at("data", "organization").has("membersWithRole") { return true }
    return json.firstListed.has(all: "login", "id", "type", "site_admin")
      && !json.firstListed.has("full_name")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let json = try item.json(format: format, reading) else { return }
    let answers = json.has("data") ? [json] : json.elements.filter { $0.has("data") }
    for (i, answer) in answers.enumerated() {
      readAnswer(
        answer, pointer: json.array == nil ? "" : "/\(i)", isLast: i == answers.count - 1, reading)
    }
    if answers.isEmpty { readList(json, reading) }
  }

  private static func readAnswer(_ answer: JSON, pointer: String, isLast: Bool, _ reading: Reading)
  {
    reading.checkGraphQL(answer, format, at: pointer)
    let organization = answer.at("data", "organization")
    let list = organization["membersWithRole"]
    if isLast {
      reading.checkNextPage(
        format, isThere: list.at("pageInfo", "hasNextPage").flag ?? false, field: "pageInfo")
    }
    // Required of members and outside collaborators alike; null where the asker may not see it.
    let isRequired = organization["requiresTwoFactorAuthentication"].flag
    for (i, edge) in list["edges"].elements.enumerated() {
      let place = "\(pointer)/data/organization/membersWithRole/edges/\(i)"
      let node = edge["node"]
      guard var record = account(node, place: place, reading) else { continue }
      let role = edge["role"].text
      record["privileged"] = .flag(role.flatMap { ["ADMIN": true, "MEMBER": false][$0] })
      record["roles"] = .list(role.map { [$0.lowercased()] })
      record["mfa_enrolled"] = .flag(edge["hasTwoFactorEnabled"].flag)
      record["mfa_enforced"] = .flag(isRequired)
      reading.append(record)
    }
  }

  private static func readList(_ json: JSON, _ reading: Reading) {
    let lacksFactor = filter(reading.item) == "2fa_disabled"
    for (place, member) in json.listed {
      guard var record = account(member, place: place, reading) else { continue }
      if member["type"].text == "Bot" { record["kind"] = .text("service") }
      if lacksFactor { record["mfa_enrolled"] = .flag(false) }
      reading.append(record)
    }
  }

  /// What the list was filtered by.
  private static func filter(_ item: EvidenceItem) -> String? {
    if let filter = item.options["filter"] ?? item.provenance.parameters["filter"] { return filter }
    let asked = item.provenance.endpoint + " " + item.provenance.query
    return asked.contains("filter=2fa_disabled") ? "2fa_disabled" : nil
  }

  /// A login can be changed and given to somebody else, so the number is the account's id.
  private static func account(_ user: JSON, place: String, _ reading: Reading) -> Record? {
    guard let id = user["databaseId"].text ?? user["id"].text, let login = user["login"].text else {
      reading.diagnose(
        .missingField(
          format, "databaseId", at: reading.item.at(place),
          why: "an account without an id and a login cannot be tested"))
      return nil
    }
    let mail = user["email"].text
    var record = Record.account(source: "github", id: id, names: [login, mail], place: place)
    record["kind"] = .text("human")
    record["status"] = .text("active")
    record["interactive"] = .flag(true)
    record["is_root"] = .flag(false)
    return record
  }
}
