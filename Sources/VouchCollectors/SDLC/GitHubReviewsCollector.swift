import VouchModel

/// Reads reviews of pull requests: REST lists of one request, and the webhook event.
///
/// A list gives all opinions of its request; an event only its own.
enum GitHubReviewsCollector: Collector {
  static let format = "github_reviews"
  static let summary = "GitHub pull request reviews, REST or webhook"
  static let gives: [RecordType] = [.change]

  static func recognises(_ head: Head) -> Bool {
    let json = head.jsonBeginning
    if json.has(all: "action", "review", "pull_request") { return true }
    return json.firstListed.has(all: "submitted_at", "commit_id", "state")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.change)
    guard let json = try item.json(format: format, reading) else { return }
    if json.has("pull_request") {
      var request = GitHub.request(json["pull_request"])
      request.number = json.at("pull_request", "number").text ?? ""
      request.repo = json.at("repository", "full_name").text ?? ""
      request.reviews = [GitHub.review(json["review"])]
      append(request, place: "/review", reading)
      return
    }
    readList(json, reading)
  }

  /// A list does not say what it lists but in the addresses of its elements.
  private static func readList(_ json: JSON, _ reading: Reading) {
    var requests: [String: ChangeRequest] = [:]
    var order: [(key: String, place: String)] = []
    for (place, review) in json.listed {
      let address = review["pull_request_url"].text ?? review["html_url"].text
      guard let repo = repository(inAddress: address), let number = number(inAddress: address)
      else {
        reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
        continue
      }
      let key = "\(repo)#\(number)"
      if requests[key] == nil {
        order.append((key, place))
        requests[key] = ChangeRequest(number: number, repo: repo, reviews: [])
      }
      requests[key]?.reviews?.append(GitHub.review(review))
    }
    for (key, place) in order {
      if let request = requests[key] { append(request, place: place, reading) }
    }
  }

  private static func number(inAddress address: String?) -> String? {
    address?.firstMatch(of: /\/pulls?\/([0-9]+)/).map { String($0.1) }
  }

  private static func append(_ request: ChangeRequest, place: String, _ reading: Reading) {
    guard !request.number.isEmpty, !request.repo.isEmpty else {
      reading.diagnose(.repositoryUnknown(format, at: reading.item.at(place)))
      return
    }
    reading.append(request.record(place: place))
  }
}
