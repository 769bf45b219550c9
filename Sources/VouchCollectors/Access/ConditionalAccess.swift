import VouchModel

/// Whether conditional access of Entra ID demands a second factor of a user.
///
/// A policy counts when it is enabled (not in report-only mode), covers all applications and all
/// kinds of client, has no condition that lets a sign-in escape, and cannot be satisfied without
/// multi-factor authentication. Members of groups and roles are not in the policies, so an
/// exclusion of a group leaves the answer open for everybody, never positive.
struct ConditionalAccess {
  private let policies: [Policy]

  init(_ policies: [JSON]) {
    self.policies = policies.compactMap(Policy.init)
  }

  /// Users whom some policy excludes by id, sorted.
  var excludedUsers: [String] { Set(policies.flatMap(\.excludedUsers)).sorted() }

  /// `user` nil: anybody no policy names.
  func demandsSecondFactor(of user: String?) -> Bool? {
    let answers = policies.map { $0.covers(user) }
    if answers.contains(true) { return true }
    return answers.contains(nil) ? nil : false
  }

  private struct Policy {
    let includedUsers: Set<String>
    let excludedUsers: Set<String>
    let includesByMembership: Bool
    let excludesByMembership: Bool

    init?(_ policy: JSON) {
      guard policy.any("state").text == "enabled", Self.demandsFactor(policy.any("grantControls")),
        Self.isUnconditional(policy.any("conditions"))
      else { return nil }
      let users = policy.any("conditions").any("users")
      includedUsers = Set(users.any("includeUsers").strings ?? [])
      excludedUsers = Set(users.any("excludeUsers").strings ?? [])
      includesByMembership = Self.isAnySet(
        users, ["includeGroups", "includeRoles", "includeGuestsOrExternalUsers"])
      excludesByMembership = Self.isAnySet(
        users, ["excludeGroups", "excludeRoles", "excludeGuestsOrExternalUsers"])
    }

    func covers(_ user: String?) -> Bool? {
      if let user, excludedUsers.contains(user) { return false }
      if includedUsers.contains("All") || user.map(includedUsers.contains) == true {
        return excludesByMembership ? nil : true
      }
      return includesByMembership ? nil : false
    }

    private static func demandsFactor(_ controls: JSON) -> Bool {
      let strength = controls.any("authenticationStrength")
      let builtIn = controls.any("builtInControls").strings ?? []
      let asksForFactor =
        builtIn.contains("mfa") || strength.any("requirementsSatisfied").text == "mfa"
      let alternatives = builtIn.count + (strength.isNull ? 0 : 1)
      // With OR, a managed device may stand in for the second factor.
      return asksForFactor
        && (alternatives == 1 || controls.any("operator").text?.uppercased() == "AND")
    }

    private static func isUnconditional(_ conditions: JSON) -> Bool {
      let applications = conditions.any("applications")
      let clients = conditions.any("clientAppTypes").strings ?? []
      return applications.any("includeApplications").strings?.contains("All") == true
        && !isAnySet(applications, ["excludeApplications", "applicationFilter"])
        && (clients.contains("all")
          || Set(clients).isSuperset(of: ["browser", "mobileAppsAndDesktopClients"]))
        && !isAnySet(
          conditions,
          [
            "signInRiskLevels", "userRiskLevels", "platforms", "locations", "devices",
            "deviceStates", "times", "authenticationFlows", "clientApplications", "agents",
          ])
    }

    /// Whether one of these keys holds more than null and emptiness.
    private static func isAnySet(_ object: JSON, _ keys: [String]) -> Bool {
      keys.contains { key in
        switch object.any(key) {
        case .null: false
        case .array(let elements): !elements.isEmpty
        case .object(let members): members.contains { !$0.value.isNull }
        case .string(let text): !text.isEmpty
        default: true
        }
      }
    }
  }
}

extension JSON {
  /// The value of a key in any case: Graph writes `state`, its PowerShell module `State`.
  fileprivate func any(_ key: String) -> JSON {
    object?.last { $0.key.lowercased() == key.lowercased() }?.value ?? .null
  }
}

extension ConditionalAccess {
  /// The rows that say so: one for everybody (`*`) and one for each user a policy excludes.
  func records(at place: String) -> [Record] {
    var everybody = Record.account(source: "entra", id: "*", place: place)
    everybody["mfa_enforced"] = .flag(demandsSecondFactor(of: nil))
    return [everybody]
      + excludedUsers.map { user in
        var record = Record.account(source: "entra", id: user, place: place)
        record["mfa_enforced"] = .flag(demandsSecondFactor(of: user))
        return record
      }
  }
}
