import VouchModel

/// What a hosting service says of one pull or merge request, whatever its dialect.
///
/// A request and the commit on the main branch that it became are two records of type `change`:
/// the request's `change_id` is its number, the commit's is its hash, and both have the same
/// `merge_sha`. The population of changes comes from the commits, so that a push without a request
/// is in it; the store puts the request in the place of the commit that it became.
struct ChangeRequest {
  var number = ""
  var repo = ""
  var author: String?
  var merger: String?
  var mergedAt: Instant?
  var mergeSHA: String?
  var headSHA: String?
  var texts: [String] = []
  /// Nil when the export does not list them.
  var labels: [String]?
  var reviews: [Review]?
  var checks: [Check]?

  struct Review {
    var person: String?
    /// approved, changes_requested, dismissed, commented, pending
    var state: String
    var at: Instant?
    var sha: String?
  }

  struct Check {
    var name: String
    /// The service's word in lower case; `pending` while it runs.
    var conclusion: String
    var at: Instant?
  }

  func record(place: String) -> Record {
    var record = Record(.change, place: place)
    record["repo"] = .text(repo)
    record["change_id"] = .text(number)
    record["request_id"] = .text(number)
    record["author_id"] = .text(author)
    record["merger_id"] = .text(merger)
    record["merged_at"] = .instant(mergedAt)
    record["merge_sha"] = .text(mergedAt == nil ? nil : mergeSHA)
    record["head_sha"] = .text(headSHA)
    record["via_review"] = .flag(true)
    let tickets = ticketIDs(in: texts)
    record["ticket_ids"] = .list(texts.isEmpty ? nil : tickets)
    record["emergency"] = .flag(labels.map { $0.contains(where: isEmergencyLabel) })
    if let reviews { add(reviews, to: &record) }
    if let checks { record["checks"] = .text(JSON.array(checks.map(\.json)).serialised) }
    return record
  }

  private func add(_ reviews: [Review], to record: inout Record) {
    let approvals = Self.approvals(reviews)
    record["approvals"] = .text(JSON.array(approvals.map { $0.approval(of: headSHA) }).serialised)
    guard let mergedAt else { return }
    let after = approvals.compactMap(\.at).filter { $0 > mergedAt }.min()
    record["reviewed_after_at"] = .instant(after)
  }

  /// The reviewers whose last opinion is an approval. Comments are no opinion.
  static func approvals(_ reviews: [Review]) -> [Review] {
    var last: [String: Review] = [:]
    var order: [String] = []
    for review in reviews.sorted(by: { ($0.at?.seconds ?? 0) < ($1.at?.seconds ?? 0) }) {
      // A deleted account approved, but nobody can say who that was.
      guard let person = review.person,
        ["approved", "changes_requested", "dismissed"].contains(review.state)
      else { continue }
      if last[person] == nil { order.append(person) }
      last[person] = review
    }
    return order.compactMap { last[$0] }.filter { $0.state == "approved" }
  }
}

extension ChangeRequest.Review {
  /// With `is_final` when both the approved and the request's last commit are known.
  fileprivate func approval(of head: String?) -> JSON {
    var members: [(key: String, value: JSON)] = [
      ("person_id", person.map { .string($0) } ?? .null), ("at", at.json),
      ("sha", sha.map { .string($0) } ?? .null),
    ]
    if let head, let sha { members.append(("is_final", .bool(sha == head))) }
    return .object(members)
  }
}

extension ChangeRequest.Check {
  fileprivate var json: JSON {
    .object([("name", .string(name)), ("conclusion", .string(conclusion)), ("at", at.json)])
  }
}

extension Instant? {
  /// Epoch seconds, or null.
  var json: JSON { map { .number(String($0.seconds)) } ?? .null }
}

private func isEmergencyLabel(_ label: String) -> Bool {
  let words = label.lowercased().split { !$0.isLetter }
  return words.contains("emergency") || words.contains("hotfix") || words.contains("breakglass")
}

/// Ids of tickets that texts name: `OPS-142`, and `#7` or `acme/api#7` behind a word such as
/// `fixes`. Each once, in the order of the texts.
func ticketIDs(in texts: [String]) -> [String] {
  var found: [String] = []
  for text in texts {
    for match in text.matches(of: /\b([A-Z][A-Z0-9]+)-([0-9]+)\b/)
    where !standards.contains(String(match.1)) {
      found.append(String(match.0))
    }
    let references = text.matches(
      of: /(?i)\b(?:fix(?:es|ed)?|close[sd]?|resolve[sd]?|refs?|see)[ :]+([\w.\/-]*#[0-9]+)/)
    found += references.map { String($0.1) }
  }
  var seen: Set<String> = []
  return found.filter { seen.insert($0).inserted }
}

/// What is written like a ticket and is none: CVE-2026, SHA-256, UTF-8.
private let standards: Set<String> = [
  "CVE", "CWE", "SHA", "UTF", "ISO", "RFC", "TLS", "AES", "RSA", "HTTP", "IPV", "X", "EC", "UTC",
  "GMT", "CIS", "NIST", "PEP", "ASVS", "SOC",
]

/// `acme/api` of `https://github.com/acme/api/pull/12` or `.../repos/acme/api/pulls/12`.
func repository(inAddress address: String?) -> String? {
  guard let address else { return nil }
  if let match = address.firstMatch(of: /\brepos\/([\w.-]+\/[\w.-]+)/) { return String(match.1) }
  guard let match = address.firstMatch(of: /https?:\/\/[^\/\s]+\/([^\s?#]+)/) else { return nil }
  let path = match.1.split(separator: "/")
  guard path.count >= 2 else { return nil }
  // GitLab has groups of any depth before `/-/`, or before `/merge_requests/` in old versions.
  if let end = path.firstIndex(where: { $0 == "-" || $0 == "merge_requests" }) {
    return path[..<end].joined(separator: "/")
  }
  return "\(path[0])/\(path[1])".replacing(/\.git$/, with: "")
}

extension EvidenceItem {
  /// The repository that an export without any speaks about: the option `repo`, or the address or
  /// command that answered.
  var subjectRepository: String? {
    if let repo = options["repo"], !repo.isEmpty { return repo }
    return repository(inAddress: provenance.endpoint)
  }
}

extension Diagnostic {
  static func repositoryUnknown(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).repo-unknown", .error, at: place, "the export does not name its repository",
      why: "a change without a repository cannot be counted",
      fix: "set options: {repo: owner/name} in the source")
  }
}

extension JSON {
  /// The elements of a list with their pointers. `gh api --paginate --slurp` puts each page of a
  /// list into an array of its own.
  var listed: [(place: String, json: JSON)] {
    elements.enumerated().flatMap { i, element in
      guard let page = element.array else { return [("/\(i)", element)] }
      return page.enumerated().map { ("/\(i)/\($0)", $1) }
    }
  }

  /// The first element of a list, or of its first page.
  var firstListed: JSON { self[0].array == nil ? self[0] : self[0][0] }
}
