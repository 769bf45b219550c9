import Foundation
import VouchModel

/// Reads `aws iam get-account-authorization-details`: groups, policies and rights of every user.
///
/// Privileged is who may do everything, or change who may do what: a statement that allows `*` or
/// `iam:*` on all resources, attached to the user or to one of its groups. Roles are not accounts.
enum AWSAuthorizationDetailsCollector: Collector {
  static let format = "aws_authorization_details"
  static let summary = "AWS IAM get-account-authorization-details"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    let paths = head.jsonPaths
    return !paths.isDisjoint(
      with: ["UserDetailList[]", "GroupDetailList[]", "RoleDetailList[]"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    let rights = Rights(answer.json)
    for (index, user) in answer.json["UserDetailList"].elements.enumerated() {
      let place = "\(answer.pointer)/UserDetailList/\(index)"
      guard let principal = user["Arn"].text.flatMap(AWSPrincipal.init(arn:)) else {
        reading.diagnose(
          .missingField(
            format, "Arn", at: item.at(place), why: "an account without a name cannot be tested"))
        continue
      }
      var record = Record.account(
        source: "aws", id: principal.id, names: [principal.name], place: place)
      record["is_root"] = .flag(principal.isRoot)
      record["created_at"] = .instant(AWSAnswer.instant(user["CreateDate"]))
      let held = rights.held(by: user)
      record["roles"] = .list(held.names)
      record["privileged"] = .flag(held.isPrivileged)
      reading.append(record)
    }
  }
}

/// What groups and policies allow.
private struct Rights {
  private var groups: [String: JSON] = [:]
  private var documents: [String: JSON] = [:]

  init(_ answer: JSON) {
    for group in answer["GroupDetailList"].elements {
      if let name = group["GroupName"].text { groups[name] = group }
    }
    for policy in answer["Policies"].elements {
      let version = policy["DefaultVersionId"].text
      let inForce = policy["PolicyVersionList"].elements.first {
        $0["IsDefaultVersion"].flag == true || (version != nil && $0["VersionId"].text == version)
      }
      if let arn = policy["Arn"].text, let inForce { documents[arn] = inForce["Document"] }
    }
  }

  /// Names of groups and policies, and whether they make an administrator: nil when a policy's
  /// text is not in the answer and nothing else settles it.
  func held(by user: JSON) -> (names: [String], isPrivileged: Bool?) {
    var names: [String] = []
    var verdicts: [Bool?] = []
    func take(_ holder: JSON, inline: String) {
      for policy in holder["AttachedManagedPolicies"].elements {
        let name = policy["PolicyName"].text ?? ""
        names.append(name)
        verdicts.append(grantsAll(name: name, arn: policy["PolicyArn"].text ?? ""))
      }
      for policy in holder[inline].elements {
        names.append(policy["PolicyName"].text ?? "")
        verdicts.append(Self.grantsAll(policy["PolicyDocument"]))
      }
    }
    take(user, inline: "UserPolicyList")
    for group in user["GroupList"].strings ?? [] {
      names.append(group)
      guard let details = groups[group] else {
        verdicts.append(nil)
        continue
      }
      take(details, inline: "GroupPolicyList")
    }
    let sorted = Array(Set(names.filter { !$0.isEmpty })).sorted()
    if verdicts.contains(true) { return (sorted, true) }
    return (sorted, verdicts.contains(nil) ? nil : false)
  }

  private func grantsAll(name: String, arn: String) -> Bool? {
    if name == "AdministratorAccess" || name == "IAMFullAccess" { return true }
    return documents[arn].flatMap(Self.grantsAll)
  }

  /// Whether a policy document allows everything, or everything about identities.
  private static func grantsAll(_ document: JSON) -> Bool? {
    guard let policy = decoded(document) else { return nil }
    let statements = policy["Statement"].array ?? [policy["Statement"]]
    return statements.contains { statement in
      guard statement["Effect"].text == "Allow" else { return false }
      let actions = words(statement["Action"])
      return words(statement["Resource"]).contains("*")
        && !actions.isDisjoint(with: ["*", "*:*", "iam:*"])
    }
  }

  /// The API hands policies out as percent-encoded JSON text; the command line decodes them.
  private static func decoded(_ document: JSON) -> JSON? {
    if case .object = document { return document }
    guard let text = document.string else { return nil }
    let plain = text.removingPercentEncoding ?? text
    return try? JSON.parse(Array(plain.utf8))
  }

  private static func words(_ value: JSON) -> Set<String> {
    Set(value.strings ?? [value.text].compactMap { $0 })
  }
}
