import VouchModel

/// Reads the commits of a release branch, first parents only, as this command writes them:
///
/// ```sh
/// git -C REPO log --first-parent --encoding=UTF-8 main \
///   --format='%H%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%G?%x1f%s%x1f%(trailers:only,unfold,separator=%x1d)%x1e'
/// ```
///
/// This is the population of changes: a push without a request is in it. The dates are those that
/// git keeps, and whoever commits can set them. The option `repo` names the repository as the
/// hosting service does.
enum GitLogCollector: Collector {
  static let format = "git_log"
  static let summary = "git log of a release branch, first parents, in a fixed --format"
  static let gives: [RecordType] = [.change]

  private static let unit = UInt8(0x1F)
  private static let record = UInt8(0x1E)

  static func recognises(_ head: Head) -> Bool {
    let hash = head.text.prefix { $0.isHexDigit }
    return (hash.utf8.count == 40 || hash.utf8.count == 64)
      && head.text.dropFirst(hash.count).first == "\u{1F}"
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.change)
    guard let repo = item.subjectRepository else {
      reading.diagnose(.repositoryUnknown(format, at: item.label))
      return
    }
    var rest: [UInt8] = []
    var line = 1
    func take(_ bytes: ArraySlice<UInt8>, endsHere: Bool) {
      let start = bytes.firstIndex { $0 != 0x0A && $0 != 0x0D } ?? bytes.endIndex
      let place = line + bytes[..<start].count { $0 == 0x0A }
      line += bytes.count { $0 == 0x0A }
      if start < bytes.endIndex {
        append(bytes[start...], repo, place: "L\(place)", isWhole: !endsHere, reading)
      }
    }
    try item.withDecodedChunks(reading) { chunk in
      rest.append(contentsOf: chunk)
      var start = rest.startIndex
      while let end = rest[start...].firstIndex(of: record) {
        take(rest[start..<end], endsHere: false)
        start = end + 1
      }
      rest.removeSubrange(..<start)
    }
    take(rest[...], endsHere: true)
  }

  private static func append(
    _ bytes: ArraySlice<UInt8>, _ repo: String, place: String, isWhole: Bool, _ reading: Reading
  ) {
    let fields = bytes.split(separator: unit, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard isWhole, fields.count == 10 || fields.count == 11,
      let committed = WrittenTime(iso: fields[7])?.instant
    else {
      reading.diagnose(
        Diagnostic(
          "git_log.fields", .error, at: reading.item.at(place),
          isWhole
            ? "a commit has \(fields.count) fields or no date; the format has 11"
            : "the log ends inside a commit",
          why: "the commit is missing from the population of changes",
          fix: "run git log with the --format that the recipe git_log gives"))
      return
    }
    var change = Record(.change, place: place)
    let subject = fields[9]
    let trailers = fields.count > 10 ? Trailers(fields[10]) : Trailers("")
    change["repo"] = .text(repo)
    change["change_id"] = .text(fields[0])
    change["merge_sha"] = .text(fields[0])
    change["author_id"] = .text(fields[3])
    change["merger_id"] = .text(fields[6])
    change["merged_at"] = .instant(committed)
    change["request_id"] = .text(request(in: subject, trailers))
    change["ticket_ids"] = .list(ticketIDs(in: [subject] + trailers.all.map(\.value)))
    change["co_author_ids"] = .list(trailers.addresses("co-authored-by"))
    reading.append(change)
  }

  /// The request that the message names: GitHub's merge and squash messages, GitLab's trailer line.
  private static func request(in subject: String, _ trailers: Trailers) -> String? {
    if let match = subject.firstMatch(of: /^Merge pull request #([0-9]+)\b/) {
      return String(match.1)
    }
    if let match = subject.firstMatch(of: /\(#([0-9]+)\)$/) { return String(match.1) }
    if let match = subject.firstMatch(of: /\(!([0-9]+)\)$/) { return String(match.1) }
    return trailers.values("see merge request").first?.split(separator: "!").last.map(String.init)
  }

  /// The `Key: value` lines at the end of a commit's message.
  private struct Trailers {
    let all: [(key: String, value: String)]

    init(_ text: String) {
      all = text.split { $0 == "\u{1D}" || $0.isNewline }.compactMap { line in
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmed)
      }
    }

    func values(_ key: String) -> [String] { all.filter { $0.key == key }.map(\.value) }

    /// `ann@example.org` of `Ann <ann@example.org>`.
    func addresses(_ key: String) -> [String] {
      values(key).map { value in
        guard let open = value.lastIndex(of: "<"), value.hasSuffix(">") else { return value }
        return String(value[value.index(after: open)...].dropLast())
      }
    }
  }
}
