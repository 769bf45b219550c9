import VouchModel

/// Reads Okta's policies: `GET /api/v1/policies?type=OKTA_SIGN_ON&expand=rules` and
/// `?type=PASSWORD`.
///
/// They are about everybody, so each gives a row for the account `*`. A second factor counts as
/// enforced when every rule that lets somebody in demands one; the weakest password policy is the
/// one that counts, since an intruder chooses.
enum OktaPoliciesCollector: Collector {
  static let format = "okta_policies"
  static let summary = "Okta sign-on and password policies (GET /api/v1/policies)"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("[].type", "[].priority", "[].system")
      && (head.text.contains("\"OKTA_SIGN_ON\"") || head.text.contains("\"PASSWORD\""))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let root = try item.json(format: format, reading) else { return }
    let active = root.elements.enumerated().filter { $0.element["status"].text == "ACTIVE" }
    let signOn = active.filter { $0.element["type"].text == "OKTA_SIGN_ON" }
    let passwords = active.map(\.element).filter { $0["type"].text == "PASSWORD" }

    var record = Record.account(source: "okta", id: "*", place: "")
    if !signOn.isEmpty {
      for (index, policy) in signOn where policy.at("_embedded", "rules").array == nil {
        reading.diagnose(.rulesMissing(at: item.at("/\(index)")))
      }
      record["mfa_enforced"] = .flag(demandsFactor(signOn.map(\.element)))
    }
    if !passwords.isEmpty {
      let settings = passwords.map { $0.at("settings", "password") }
      let lengths = settings.map { $0.at("complexity", "minLength").integer }
      let attempts = settings.map { $0.at("lockout", "maxAttempts").integer }
      if !lengths.contains(nil) {
        record["password_min_length"] = .integer(lengths.compactMap { $0 }.min())
      }
      // 0 attempts stands for no lockout.
      if !attempts.contains(nil) {
        record["lockout_enabled"] = .flag(attempts.allSatisfy { ($0 ?? 0) > 0 })
      }
    }
    if !signOn.isEmpty || !passwords.isEmpty { reading.append(record) }
  }

  private static func demandsFactor(_ policies: [JSON]) -> Bool? {
    var answers: [Bool?] = []
    for policy in policies {
      guard let rules = policy.at("_embedded", "rules").array else { return nil }
      for rule in rules where rule["status"].text == "ACTIVE" {
        let actions = rule.at("actions", "signon")
        if actions["access"].text == "DENY" { continue }
        answers.append(actions["requireFactor"].flag)
      }
    }
    if answers.contains(false) { return false }
    return answers.isEmpty || answers.contains(nil) ? nil : true
  }
}

extension Diagnostic {
  fileprivate static func rulesMissing(at place: String) -> Diagnostic {
    Diagnostic(
      "okta_policies.rules-missing", .error, at: place, "the policy comes without its rules",
      why: "what a policy demands stands in its rules",
      fix: "ask with expand=rules: /api/v1/policies?type=OKTA_SIGN_ON&expand=rules")
  }
}
