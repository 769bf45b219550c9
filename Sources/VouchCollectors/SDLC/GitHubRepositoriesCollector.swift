import VouchModel

/// Reads the repositories of an organisation: GraphQL with the protection of each default branch,
/// or a REST list, which does not know the protection.
enum GitHubRepositoriesCollector: Collector {
  static let format = "github_repositories"
  static let summary = "GitHub repositories with the protection of their default branch"
  static let gives: [RecordType] = [.repository]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    let answer = json.array?.first { $0.has("data") } ?? json
    if answer.at("data", "organization").has("repositories") { return true }
    return json.firstListed.has(all: "full_name", "archived", "default_branch")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.repository)
    guard let json = try item.json(format: format, reading) else { return }
    let answers = json.has("data") ? [json] : json.elements.filter { $0.has("data") }
    for (i, answer) in answers.enumerated() {
      readAnswer(answer, pointer: json.array == nil ? "" : "/\(i)", reading)
    }
    if answers.isEmpty { readList(json, reading) }
  }

  private static func readList(_ json: JSON, _ reading: Reading) {
    for (place, repository) in json.listed {
      guard let name = repository["full_name"].text else {
        reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
        continue
      }
      var record = Record(.repository, place: place)
      record["repo"] = .text(name)
      record["archived"] = .flag(repository["archived"].flag)
      reading.append(record)
    }
  }

  private static func readAnswer(_ answer: JSON, pointer: String, _ reading: Reading) {
    reading.checkGraphQL(answer, format, at: pointer)
    let list = answer.at("data", "organization", "repositories")
    reading.checkNextPage(
      format, isThere: list.at("pageInfo", "hasNextPage").flag ?? false, field: "pageInfo")
    for (i, repository) in list["nodes"].elements.enumerated() {
      guard let name = repository["nameWithOwner"].text else { continue }
      var record = Record(
        .repository, place: "\(pointer)/data/organization/repositories/nodes/\(i)")
      record["repo"] = .text(name)
      record["archived"] = .flag(repository["isArchived"].flag)
      let branch = repository["defaultBranchRef"]
      // Asked for and null: an empty repository has no branch, an unprotected branch no rule.
      if branch.has("branchProtectionRule") {
        let rule = BranchProtection(graphQL: branch["branchProtectionRule"])
        record["protection"] = .text(rule.json(branch: branch["name"].text))
      }
      reading.append(record)
    }
  }
}

/// What protects a branch, in the words of the `repository` record.
struct BranchProtection {
  var isProtected = false
  var reviewsRequired = 0
  var dismissesStale = false
  var enforcesAdmins = false
  var checksRequired: [String] = []
  var allowsForcePush = false
  var allowsDeletion = false
  var requiresSignatures = false
  var requiresCodeOwners = false

  /// A branch that nothing protects: everybody with write access may push, force and delete.
  static let none: BranchProtection = {
    var protection = BranchProtection()
    protection.allowsForcePush = true
    protection.allowsDeletion = true
    return protection
  }()

  init() {}

  init(graphQL rule: JSON) {
    guard rule.object != nil else {
      self = .none
      return
    }
    isProtected = true
    let requiresReviews = rule["requiresApprovingReviews"].flag ?? true
    reviewsRequired = requiresReviews ? rule["requiredApprovingReviewCount"].integer ?? 0 : 0
    dismissesStale = rule["dismissesStaleReviews"].flag ?? false
    enforcesAdmins = rule["isAdminEnforced"].flag ?? false
    checksRequired = rule["requiredStatusCheckContexts"].strings ?? []
    allowsForcePush = rule["allowsForcePushes"].flag ?? false
    allowsDeletion = rule["allowsDeletions"].flag ?? false
    requiresSignatures = rule["requiresCommitSignatures"].flag ?? false
    requiresCodeOwners = rule["requiresCodeOwnerReviews"].flag ?? false
  }

  /// The answer of `GET /repos/{owner}/{repo}/branches/{branch}/protection`.
  init(rest json: JSON) {
    isProtected = true
    let reviews = json["required_pull_request_reviews"]
    reviewsRequired =
      reviews.isNull ? 0 : reviews["required_approving_review_count"].integer ?? 1
    dismissesStale = reviews["dismiss_stale_reviews"].flag ?? false
    requiresCodeOwners = reviews["require_code_owner_reviews"].flag ?? false
    enforcesAdmins = json.at("enforce_admins", "enabled").flag ?? false
    let checks = json["required_status_checks"]
    checksRequired =
      checks["checks"].array?.compactMap { $0["context"].text } ?? checks["contexts"].strings ?? []
    allowsForcePush = json.at("allow_force_pushes", "enabled").flag ?? false
    allowsDeletion = json.at("allow_deletions", "enabled").flag ?? false
    requiresSignatures = json.at("required_signatures", "enabled").flag ?? false
  }

  /// The `rule` of the webhook event `branch_protection_rule`; levels are off, non_admins, everyone.
  init(event rule: JSON) {
    func isOn(_ key: String) -> Bool { rule[key].text.map { $0 != "off" } ?? false }
    isProtected = true
    reviewsRequired =
      isOn("pull_request_reviews_enforcement_level")
      ? rule["required_approving_review_count"].integer ?? 0 : 0
    dismissesStale = rule["dismiss_stale_reviews_on_push"].flag ?? false
    requiresCodeOwners = rule["require_code_owner_review"].flag ?? false
    enforcesAdmins = rule["admin_enforced"].flag ?? false
    checksRequired =
      isOn("required_status_checks_enforcement_level")
      ? rule["required_status_checks"].strings ?? [] : []
    allowsForcePush = isOn("allow_force_pushes_enforcement_level")
    allowsDeletion = isOn("allow_deletions_enforcement_level")
    requiresSignatures = isOn("signature_requirement_enforcement_level")
  }

  func json(branch: String?) -> String {
    JSON.object([
      ("branch", branch.map { .string($0) } ?? .null), ("protected", .bool(isProtected)),
      ("reviews_required", .number(String(reviewsRequired))),
      ("dismiss_stale", .bool(dismissesStale)), ("enforce_admins", .bool(enforcesAdmins)),
      ("code_owners", .bool(requiresCodeOwners)),
      ("checks_required", .array(checksRequired.map { .string($0) })),
      ("force_push", .bool(allowsForcePush)), ("deletions", .bool(allowsDeletion)),
      ("signed", .bool(requiresSignatures)),
    ]).serialised
  }
}
