import Foundation
import GRDB
import Testing
import VouchModel
import VouchStore

/// Answers of a hosting service: the first line is the time, then `change id column text` or
/// `repository column text`.
private enum ScriptedAnswer: Collector {
  static let format = "answer"
  static let summary = "answers for tests"
  static let gives: [RecordType] = [.change, .repository]
  static func recognises(_ head: Head) -> Bool { true }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let lines = String(decoding: try item.bytes(), as: UTF8.self).split(separator: "\n")
    reading.effectiveAt = WrittenTime(iso: lines[0]).map { Zone.utc.instant($0) }
    for (index, line) in lines.enumerated().dropFirst() {
      let words = line.split(separator: " ").map(String.init)
      let type = try #require(RecordType.named(words[0]))
      var record = Record(type, place: "L\(index + 1)")
      record["repo"] = .text("api")
      if type == .change { record["change_id"] = .text(words[1]) }
      record[words[words.count - 2]] = .text(words[words.count - 1])
      reading.append(record)
    }
  }
}

struct CompletedRecordTests {
  private func rows(_ sql: String, _ answers: [String]) throws -> [String] {
    let folder = try Folder()
    let store = try EvidenceStore(workspace: folder.path)
    let records = try RecordsDatabase(path: folder.path + "/records.sqlite", readers: "test")
    for answer in answers {
      let entry = try #require(try store.preserve(bytes: Data(answer.utf8), provenance("answer")))
      let item = try #require(store.item(entry, zone: nil, format: nil, options: [:]))
      try records.load(
        item, with: ScriptedAnswer.self, digestFound: item.digest, reader: "", stamp: "")
    }
    try records.derive(cutoff: Instant(year: 2027, month: 1, day: 1), aliases: [:])
    return try records.reader().read { try String.fetchAll($0, sql: sql) }
  }

  private let changes =
    "SELECT change_id || ' ' || ifnull(author_id, '-') || ' ' || ifnull(approvals, '-') FROM change ORDER BY 1"

  @Test func answersAboutOneChangeCompleteEachOther() throws {
    let request = "2026-07-01\nchange 12 author_id ann\nchange 13 author_id ben"
    let reviews = "2026-07-02\nchange 12 approvals [1]"
    let expected = ["12 ann [1]", "13 ben -"]
    #expect(try rows(changes, [request, reviews]) == expected)
    #expect(try rows(changes, [reviews, request]) == expected)
  }

  @Test func theNewestAnswerThatHasAColumnCounts() throws {
    let answers = [
      "2026-07-03\nchange 12 approvals [2]", "2026-07-01\nchange 12 approvals [1]",
      "2026-07-04\nchange 12 author_id ann",
    ]
    #expect(try rows(changes, answers) == ["12 ann [2]"])
  }

  @Test func theStateOfARepositoryIsCompletedWithinOneDay() throws {
    let sql =
      "SELECT date(at, 'unixepoch') || ' ' || ifnull(protection, '-') || ' ' || ifnull(audit_events, '-') FROM repository ORDER BY 1"
    let answers = [
      "2026-07-01T01:00:00Z\nrepository protection {}",
      "2026-07-01T02:00:00Z\nrepository audit_events []",
      "2026-07-02T02:00:00Z\nrepository audit_events []",
    ]
    #expect(try rows(sql, answers) == ["2026-07-01 {} []", "2026-07-02 - []"])
  }
}
