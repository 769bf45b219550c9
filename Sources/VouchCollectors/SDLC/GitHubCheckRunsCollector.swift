import VouchModel

/// Reads check runs: REST lists of a commit, and the webhook event.
///
/// A check run that names its pull request gives that request's checks. GitHub leaves the requests
/// out for commits of forks and after the merge; such runs are counted in a note.
enum GitHubCheckRunsCollector: Collector {
  static let format = "github_check_runs"
  static let summary = "GitHub check runs, REST or webhook"
  static let gives: [RecordType] = [.change]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    return json.has(all: "total_count", "check_runs") || json.has(all: "action", "check_run")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.change)
    guard let json = try item.json(format: format, reading) else { return }
    let isEvent = json.has("check_run")
    let runs = isEvent ? [json["check_run"]] : json["check_runs"].elements
    if !isEvent {
      reading.checkPage(
        format, of: "check runs", count: runs.count, total: json["total_count"].integer)
    }
    let repo = json.at("repository", "full_name").text
    var requests: [String: ChangeRequest] = [:]
    var order: [(key: String, place: String)] = []
    var orphans = 0
    for (i, run) in runs.enumerated() {
      let place = isEvent ? "/check_run" : "/check_runs/\(i)"
      let pulls = run["pull_requests"].elements
      if pulls.isEmpty { orphans += 1 }
      for pull in pulls {
        let name = repo ?? repository(inAddress: run["url"].text) ?? reading.item.subjectRepository
        guard let number = pull["number"].text, let name else {
          reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
          continue
        }
        let key = "\(name)#\(number)"
        if requests[key] == nil {
          order.append((key, place))
          requests[key] = ChangeRequest(
            number: number, repo: name, headSHA: run["head_sha"].text, checks: [])
        }
        requests[key]?.checks?.append(GitHub.check(run))
      }
    }
    for (key, place) in order {
      if let request = requests[key] { reading.append(request.record(place: place)) }
    }
    if orphans > 0 {
      reading.diagnose(
        Diagnostic(
          "github_check_runs.no-request", .warning, at: item.label,
          "\(orphans) check runs name no pull request",
          why: "they cannot be counted for a change",
          fix: "collect requests with their checks: gh pr list --json number,statusCheckRollup,…"))
    }
  }
}
