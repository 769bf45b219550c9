import Foundation
import GRDB
import Testing
import VouchModel
import VouchStore

/// Answers of a hosting service: the first line is the time, then `TYPE column=text ...`.
enum ScriptedAnswer: Collector {
  static let format = "answer"
  static let summary = "answers for tests"
  static let gives: [RecordType] = [.change, .repository, .deployment]
  static func recognises(_ head: Head) -> Bool { true }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    let lines = String(decoding: try item.bytes(), as: UTF8.self).split(separator: "\n")
    reading.effectiveAt = WrittenTime(iso: lines[0]).map { Zone.utc.instant($0) }
    for (index, line) in lines.enumerated().dropFirst() {
      let words = line.split(separator: " ").map(String.init)
      if words == ["incomplete"] {
        reading.markIncomplete()
        continue
      }
      let type = try #require(RecordType.named(words[0]))
      var record = Record(type, place: "L\(index + 1)")
      if type.position(of: "repo") != nil { record["repo"] = .text("api") }
      for word in words.dropFirst() {
        let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
        let kind = type.columns.first { $0.name == parts[0] }?.kind
        let time = kind == .instant ? WrittenTime(iso: parts[1]) : nil
        let flag = kind == .flag ? parts[1] == "1" : nil
        record[parts[0]] =
          time.map { .instant(Zone.utc.instant($0)) } ?? flag.map { .flag($0) } ?? .text(parts[1])
      }
      reading.append(record)
    }
  }
}

/// Commits, requests, reviews and deployments become one population of changes.
struct ChangeTests {
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

  private let approvals =
    "SELECT change_id || ' ' || ifnull(author_id, '-') || ' ' || ifnull(approvals, '-') FROM change ORDER BY 1"
  private let reviewed =
    "SELECT change_id || ' ' || ifnull(via_review, '-') || ' ' || ifnull(ticket_ids, '-') FROM change ORDER BY 1"

  @Test func answersAboutOneChangeCompleteEachOther() throws {
    let request = "2026-07-01\nchange change_id=12 author_id=ann\nchange change_id=13 author_id=ben"
    let reviews = "2026-07-02\nchange change_id=12 approvals=[1]"
    let expected = ["12 ann [1]", "13 ben -"]
    #expect(try rows(approvals, [request, reviews]) == expected)
    #expect(try rows(approvals, [reviews, request]) == expected)
  }

  @Test func theNewestAnswerThatHasAColumnCounts() throws {
    let answers = [
      "2026-07-03\nchange change_id=12 approvals=[2]",
      "2026-07-01\nchange change_id=12 approvals=[1]",
      "2026-07-04\nchange change_id=12 author_id=ann",
    ]
    #expect(try rows(approvals, answers) == ["12 ann [2]"])
  }

  @Test func theStateOfARepositoryIsCompletedWithinOneDay() throws {
    let sql =
      "SELECT date(at, 'unixepoch') || ' ' || ifnull(protection, '-') || ' ' || ifnull(audit_events, '-') FROM repository ORDER BY 1"
    let answers = [
      "2026-07-01T01:00:00Z\nrepository protection={}",
      "2026-07-01T02:00:00Z\nrepository audit_events=[]",
      "2026-07-02T02:00:00Z\nrepository audit_events=[]",
    ]
    #expect(try rows(sql, answers) == ["2026-07-01 {} []", "2026-07-02 - []"])
  }

  private let history = """
    2026-08-20
    change change_id=aa merge_sha=aa merged_at=2026-08-03 ticket_ids=["T-1"]
    change change_id=bb merge_sha=bb merged_at=2026-08-04 ticket_ids=[]
    """

  @Test func aRequestTakesThePlaceOfItsCommitAndAPushStandsAlone() throws {
    let requests = """
      2026-08-20
      change change_id=12 merge_sha=aa merged_at=2026-08-03 via_review=1 ticket_ids=[]
      """
    #expect(try rows(reviewed, [history, requests]) == [#"12 1 ["T-1"]"#, "bb 0 []"])
    #expect(try rows(reviewed, [requests, history]) == [#"12 1 ["T-1"]"#, "bb 0 []"])
  }

  @Test func everyCommitOfARebasedRequestIsReviewedAndALaterPushThatNamesItIsNot() throws {
    let rebased = """
      2026-08-20
      change change_id=aa merge_sha=aa merged_at=2026-08-03 request_id=12 ticket_ids=[]
      change change_id=bb merge_sha=bb merged_at=2026-08-03 request_id=12 ticket_ids=[]
      change change_id=cc merge_sha=cc merged_at=2026-08-05 request_id=12 ticket_ids=[]
      """
    let requests = """
      2026-08-20
      change change_id=12 author_id=ann merge_sha=bb merged_at=2026-08-03 via_review=1 approvals=[1] ticket_ids=[]
      """
    let sql =
      "SELECT change_id || ' ' || ifnull(via_review, '-') || ' ' || ifnull(approvals, '-') FROM change ORDER BY 1"
    for answers in [[rebased, requests], [requests, rebased]] {
      #expect(try rows(sql, answers) == ["12 1 [1]", "aa 1 [1]", "cc 0 []"])
    }
  }

  @Test func withoutRequestsNobodyKnowsWhetherACommitWasReviewed() throws {
    #expect(try rows(reviewed, [history]) == [#"aa - ["T-1"]"#, "bb - []"])
  }

  @Test func aCommitAfterTheListOfRequestsWasTakenIsNotKnownToBeAPush() throws {
    let early = """
      2026-08-03T12:00:00Z
      change change_id=12 merge_sha=aa merged_at=2026-08-03 via_review=1
      """
    #expect(try rows(reviewed, [history, early]).last == "bb - []")
  }

  @Test func aCommitBeforeTheOldestListedRequestIsNotKnownToBeAPush() throws {
    let late = """
      2026-08-20
      change change_id=13 merge_sha=bb merged_at=2026-08-04 via_review=1
      """
    #expect(try rows(reviewed, [history, late]).contains(#"aa - ["T-1"]"#))
  }

  @Test func anIncompleteListOfRequestsProvesNoPush() throws {
    let partial = """
      2026-08-20
      change change_id=12 merge_sha=aa merged_at=2026-08-03 via_review=1
      incomplete
      """
    #expect(try rows(reviewed, [history, partial]).last == "bb - []")
  }

  @Test func theFirstDeploymentToProductionIsTheChanges() throws {
    let deployments = """
      2026-08-20
      deployment deployment_id=1 sha=aa environment=staging deployed_at=2026-08-03
      deployment deployment_id=2 sha=aa environment=production deployed_at=2026-08-05 deployer_id=ben
      deployment deployment_id=3 sha=aa environment=production deployed_at=2026-08-06 deployer_id=ann
      """
    #expect(
      try rows(
        "SELECT change_id || ' ' || ifnull(date(deployed_at, 'unixepoch') || deployer_id, '-') FROM change ORDER BY 1",
        [history, deployments]) == ["aa 2026-08-05ben", "bb -"])
  }
}
