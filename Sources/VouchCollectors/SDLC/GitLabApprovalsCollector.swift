import VouchModel

/// Reads the approvals of a GitLab merge request, `GET …/merge_requests/{iid}/approvals`.
///
/// `approved: true` with nothing required says nothing; only who approved counts.
enum GitLabApprovalsCollector: Collector {
  static let format = "gitlab_approvals"
  static let summary = "GitLab approvals of a merge request"
  static let gives: [RecordType] = [.change]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    return json.has(all: "iid", "approved", "approvals_required")
      || json[0].has(all: "iid", "approved", "approvals_required")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.change)
    guard let json = try item.json(format: format, reading) else { return }
    for (i, answer) in (json.array ?? [json]).enumerated() {
      append(answer, json.array == nil ? "" : "/\(i)", reading)
    }
  }

  private static func append(_ json: JSON, _ place: String, _ reading: Reading) {
    let repo =
      reading.item.options["repo"] ?? repository(inAddress: json["web_url"].text)
      ?? json["project_id"].text
    guard let number = json["iid"].text, let repo else {
      reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
      return
    }
    var request = ChangeRequest(number: number, repo: repo)
    request.reviews = json["approved_by"].elements.map { approval in
      ChangeRequest.Review(
        person: approval.at("user", "username").text, state: "approved",
        at: approval["approved_at"].instant, sha: nil)
    }
    reading.append(request.record(place: place))
  }
}
