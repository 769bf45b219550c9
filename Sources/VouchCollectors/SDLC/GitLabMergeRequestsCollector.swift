import VouchModel

/// Reads merge requests of GitLab's REST interface. The approvals of each are another answer:
/// `gitlab_approvals`.
enum GitLabMergeRequestsCollector: Collector {
  static let format = "gitlab_merge_requests"
  static let summary = "GitLab merge requests, REST list or single object"
  static let gives: [RecordType] = [.change]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    return isRequest(json) || isRequest(json.firstListed)
  }

  private static func isRequest(_ json: JSON) -> Bool {
    json.has(all: "iid", "source_branch", "target_branch")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.change)
    guard let json = try item.json(format: format, reading) else { return }
    if json.array != nil {
      for (place, request) in json.listed { append(request, place, reading) }
    } else {
      append(json, "", reading)
    }
  }

  private static func append(_ json: JSON, _ place: String, _ reading: Reading) {
    let path = json.at("references", "full").text?.split(separator: "!").first.map(String.init)
    let repo =
      reading.item.options["repo"] ?? path ?? repository(inAddress: json["web_url"].text)
      ?? json["project_id"].text
    guard let number = json["iid"].text, let repo else {
      reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
      return
    }
    var request = ChangeRequest(number: number, repo: repo)
    request.author = json.at("author", "username").text
    // `merged_by` is the older name of `merge_user`.
    request.merger = json.at("merge_user", "username").text ?? json.at("merged_by", "username").text
    request.mergedAt = json["merged_at"].instant
    // A fast-forward leaves no merge commit: the request's last commit is on the branch itself.
    request.mergeSHA =
      json["merge_commit_sha"].text ?? json["squash_commit_sha"].text ?? json["sha"].text
    request.headSHA = json["sha"].text
    request.texts = ["title", "source_branch", "description"].compactMap { json[$0].text }
    request.labels = json["labels"].strings
    reading.append(request.record(place: place))
  }
}
