import VouchModel

/// Reads the factors of one Okta user: `GET /api/v1/users/{id}/factors`. Several such answers
/// may be joined to one array of arrays (`jq -s`).
///
/// Only the request and the links name the user. An empty answer means that no factor is
/// registered, which counts when the request is known.
enum OktaFactorsCollector: Collector {
  static let format = "okta_factors"
  static let summary = "Okta factors of a user (GET /api/v1/users/{id}/factors)"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("[].factorType", "[].provider") || head.hasJSON("[][].factorType")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let root = try item.json(format: format, reading) else { return }
    let answers = root.elements.contains { $0.array != nil } ? root.elements : [root]
    for (index, answer) in answers.enumerated() {
      let place = answers.count > 1 ? "/\(index)" : ""
      if let record = account(answer.elements, item, reading, at: place) { reading.append(record) }
    }
  }

  private static func account(
    _ factors: [JSON], _ item: EvidenceItem, _ reading: Reading, at place: String
  ) -> Record? {
    let request = item.provenance.endpoint
    guard let user = factors.compactMap(self.user).first ?? userID(in: request) else {
      reading.diagnose(.userUnknown(at: item.at(place)))
      return nil
    }
    var active: [String] = []
    for (index, factor) in factors.enumerated() {
      let status = factor["status"].string ?? ""
      guard statuses.contains(status) else {
        reading.diagnose(
          .unknownWord(
            format, "status", status, at: item.at("\(place)/\(index)"),
            why: "a factor that is neither active nor inactive proves no enrolment"))
        return nil
      }
      if status == "ACTIVE", let kind = factor["factorType"].text { active.append(kind) }
    }
    var record = Record.account(source: "okta", id: user, place: place)
    record["factors"] = .list(Array(Set(active)).sorted())
    record["mfa_enrolled"] = .flag(active.contains { !notASecondFactor.contains($0) })
    return record
  }

  private static let statuses: Set<String> = [
    "ACTIVE", "PENDING_ACTIVATION", "NOT_SETUP", "ENROLLED", "INACTIVE", "EXPIRED",
  ]

  /// Something else one knows, or a mailbox that the same password opens.
  private static let notASecondFactor: Set<String> = ["question", "email"]

  private static func user(of factor: JSON) -> String? {
    let links = factor["_links"]
    return [links.at("user", "href"), links.at("self", "href")]
      .compactMap { $0.text.flatMap(userID(in:)) }.first
  }

  /// The `00u…` of `…/users/00u…/factors`.
  private static func userID(in address: String) -> String? {
    let parts = address.split(whereSeparator: { $0 == "/" || $0 == "?" })
    guard let at = parts.firstIndex(of: "users"), at + 1 < parts.count else { return nil }
    return String(parts[at + 1])
  }
}

extension Diagnostic {
  fileprivate static func userUnknown(at place: String) -> Diagnostic {
    Diagnostic(
      "okta_factors.user-unknown", .error, at: place,
      "neither the answer nor its address names the user",
      why: "it cannot be told whose factors these are",
      fix: "collect it with an http source, whose address names the user")
  }
}
