import VouchModel

/// Reads pull requests of GitHub: `gh pr list --json`, GraphQL, REST lists and single objects, and
/// the webhook event.
///
/// The first two bring reviews and checks along; a REST list does not, and then approvals and
/// checks are unknown until an export of reviews or check runs says them.
enum GitHubPullsCollector: Collector {
  static let format = "github_pulls"
  static let summary = "GitHub pull requests: gh pr list --json, GraphQL, REST, webhook"
  static let gives: [RecordType] = [.change]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    if json.has("pull_request") {
      return json.has("action") && !json.has(any: "review", "check_run", "issue", "comment")
    }
    if pages(json).contains(where: { $0.at("data", "repository").has("pullRequests") }) {
      return true
    }
    return isPull(json) || isPull(json.firstListed)
  }

  private static func isPull(_ json: JSON) -> Bool {
    json.has("number") && json.has(any: "merge_commit_sha", "merged_at", "mergedAt", "mergeCommit")
      && !json.has("pull_request")
  }

  /// A GraphQL answer, or an array of them (`--slurp`).
  private static func pages(_ json: JSON) -> [JSON] {
    if json.has("data") { return [json] }
    return json.array?.filter { $0.has("data") } ?? []
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.change)
    guard let json = try item.json(format: format, reading) else { return }
    let answers = pages(json)
    if !answers.isEmpty {
      for (i, answer) in answers.enumerated() {
        readAnswer(answer, pointer: answers.count == 1 && json.array == nil ? "" : "/\(i)", reading)
      }
    } else if json.has("pull_request") {
      append(json["pull_request"], json["repository"]["full_name"].text, "/pull_request", reading)
    } else if json.array != nil {
      for (place, pull) in json.listed { append(pull, nil, place, reading) }
    } else {
      append(json, nil, "", reading)
    }
  }

  private static func readAnswer(_ answer: JSON, pointer: String, _ reading: Reading) {
    reading.checkGraphQL(answer, format, at: pointer)
    let repository = answer.at("data", "repository")
    let pulls = repository["pullRequests"]
    reading.checkNextPage(
      format, isThere: pulls.at("pageInfo", "hasNextPage").flag ?? false, field: "pageInfo")
    for (i, pull) in pulls["nodes"].elements.enumerated() {
      append(
        pull, repository["nameWithOwner"].text,
        "\(pointer)/data/repository/pullRequests/nodes/\(i)", reading)
    }
  }

  private static func append(_ pull: JSON, _ repo: String?, _ place: String, _ reading: Reading) {
    let address = pull["html_url"].text ?? pull["url"].text
    let repo =
      repo ?? pull.at("base", "repo", "full_name").text ?? repository(inAddress: address)
      ?? reading.item.subjectRepository
    guard let number = pull["number"].text, let repo else {
      reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
      return
    }
    var request = GitHub.request(pull)
    request.number = number
    request.repo = repo
    reading.append(request.record(place: place))
  }
}

/// The dialects of GitHub's interfaces: REST in snake_case, GraphQL and `gh` in camelCase.
enum GitHub {
  static func request(_ pull: JSON) -> ChangeRequest {
    var request = ChangeRequest()
    request.author = login(pull["user"]) ?? login(pull["author"])
    request.merger = login(pull["merged_by"]) ?? login(pull["mergedBy"])
    request.mergedAt = pull["merged_at"].instant ?? pull["mergedAt"].instant
    request.mergeSHA = pull["merge_commit_sha"].text ?? pull.at("mergeCommit", "oid").text
    request.headSHA = pull.at("head", "sha").text ?? pull["headRefOid"].text
    request.texts = [
      pull["title"].text, pull.at("head", "ref").text ?? pull["headRefName"].text,
      pull["body"].text,
    ].compactMap(\.self)
    request.labels = nodes(pull["labels"])?.compactMap { $0["name"].text }
    request.reviews = nodes(pull["reviews"])?.map(review)
    request.checks = checks(of: pull)?.map(check)
    return request
  }

  /// The elements of a list, which GraphQL wraps in `nodes`; nil when there is no list.
  static func nodes(_ json: JSON) -> [JSON]? { json.array ?? json["nodes"].array }

  static func login(_ user: JSON) -> String? { user["login"].text }

  static func review(_ json: JSON) -> ChangeRequest.Review {
    ChangeRequest.Review(
      person: login(json["user"]) ?? login(json["author"]),
      // Upper case in the interfaces, lower case in webhooks.
      state: json["state"].text?.lowercased() ?? "",
      at: json["submitted_at"].instant ?? json["submittedAt"].instant,
      sha: json["commit_id"].text ?? json.at("commit", "oid").text)
  }

  /// The checks of the last commit: `statusCheckRollup` of `gh`, or GraphQL's of the commit.
  private static func checks(of pull: JSON) -> [JSON]? {
    if let rollup = pull["statusCheckRollup"].array { return rollup }
    guard let commits = nodes(pull["commits"]), let last = commits.last else { return nil }
    let rollup = last.at("commit", "statusCheckRollup")
    // Null: the commit has no checks at all.
    return nodes(rollup["contexts"]) ?? (last["commit"].has("statusCheckRollup") ? [] : nil)
  }

  /// A check run, or a status of the older kind.
  static func check(_ json: JSON) -> ChangeRequest.Check {
    let conclusion = json["conclusion"].text ?? json["state"].text
    return ChangeRequest.Check(
      name: json["name"].text ?? json["context"].text ?? "",
      conclusion: conclusion?.lowercased() ?? "pending",
      at: json["completed_at"].instant ?? json["completedAt"].instant ?? json["startedAt"].instant
        ?? json["createdAt"].instant)
  }
}

extension Reading {
  /// Reports the errors that a GraphQL answer may have beside partial data.
  func checkGraphQL(_ answer: JSON, _ format: String, at pointer: String) {
    let errors = answer["errors"].elements
    guard !errors.isEmpty else { return }
    diagnose(
      Diagnostic(
        "\(format).partial", .error, at: item.at("\(pointer)/errors"),
        "the answer has \(errors.count) errors beside its data",
        why: "what could not be fetched is missing",
        fix: "collect it again; look at the errors in the preserved answer"))
  }
}
