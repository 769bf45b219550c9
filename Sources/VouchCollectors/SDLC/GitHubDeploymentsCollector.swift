import VouchModel

/// Reads deployments: the REST list, and the webhook event about a deployment's status.
///
/// The list says when a deployment was asked for, the status whether and when it succeeded; only
/// a status of `success` is a deployment that happened.
enum GitHubDeploymentsCollector: Collector {
  static let format = "github_deployments"
  static let summary = "GitHub deployments, REST list or webhook of a status"
  static let gives: [RecordType] = [.deployment]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    return json.has(all: "action", "deployment_status")
      || json.firstListed.has(all: "sha", "task", "environment", "statuses_url")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.deployment)
    guard let json = try item.json(format: format, reading) else { return }
    if json.has("deployment_status") {
      readEvent(json, reading)
    } else {
      for (place, deployment) in json.listed {
        append(deployment, at: deployment["created_at"].instant, place, nil, reading)
      }
    }
  }

  private static func readEvent(_ json: JSON, _ reading: Reading) {
    let status = json["deployment_status"]
    switch status["state"].text {
    case "success":
      append(
        json["deployment"], at: status["created_at"].instant, "/deployment",
        json.at("repository", "full_name").text, reading)
    case "failure", "error", "inactive", "in_progress", "queued", "pending", "waiting": break
    case let word:
      reading.diagnose(
        .unknownWord(
          format, "state", word ?? "", at: reading.item.at("/deployment_status"),
          why: "it cannot be told whether the deployment happened"))
    }
  }

  private static func append(
    _ deployment: JSON, at time: Instant?, _ place: String, _ repo: String?, _ reading: Reading
  ) {
    let repo =
      repo ?? repository(inAddress: deployment["url"].text) ?? reading.item.subjectRepository
    guard let id = deployment["id"].text, let repo else {
      reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
      return
    }
    var record = Record(.deployment, place: place)
    record["deployment_id"] = .text("\(repo) \(id)")
    record["service"] = .text(reading.item.options["service"] ?? repo)
    record["environment"] = .text(deployment["environment"].text)
    record["sha"] = .text(deployment["sha"].text)
    record["deployed_at"] = .instant(time)
    record["deployer_id"] = .text(GitHub.login(deployment["creator"]))
    let app = deployment["performed_via_github_app"]
    let isBot = deployment.at("creator", "type").text == "Bot"
    record["automated"] = .flag(isBot || app.object != nil)
    reading.append(record)
  }
}
