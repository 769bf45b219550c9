import Testing
import VouchModel

struct InstantTests {
  @Test(arguments: [
    ("2026-07-01T00:00:00Z", 1_782_864_000), ("1970-01-01T00:00:00Z", 0),
    ("2000-02-29T23:59:59Z", 951_868_799), ("1969-12-31T23:59:59Z", -1),
  ])
  func writesAndReadsISO8601(text: String, seconds: Int64) {
    #expect(Instant(seconds: seconds).iso8601 == text)
    #expect(WrittenTime(iso: text)?.instant == Instant(seconds: seconds))
  }

  @Test(arguments: [
    "2026-02-30", "2026-13-01", "26-01-01", "2026-01-01T25:00:00Z", "2026-01-01T00:00:61Z",
    "2026-01-01X", "", "yesterday", "2026-01-01T00:00:00+99:00", "20260",
  ])
  func refusesWhatIsNoTime(text: String) {
    #expect(WrittenTime(iso: text) == nil)
  }

  @Test(arguments: [
    ("2022/3/22 14:55", "2022-03-22T14:55:00Z"),
    ("2026-07-01 08:30:00 +0200", "2026-07-01T06:30:00Z"),
    ("20260701T083000Z", "2026-07-01T08:30:00Z"),
    ("2026-07-01T08:30:00.123456-05:30", "2026-07-01T14:00:00Z"),
  ])
  func readsTheRelativesOfISO8601(text: String, expected: String) throws {
    let time = try #require(WrittenTime(iso: text))
    #expect(Zone.utc.instant(time).iso8601 == expected)
  }

  @Test func keepsATimeWithoutZoneApartFromAnInstant() throws {
    let time = try #require(WrittenTime(iso: "2026-07-01T08:00:00"))
    #expect(time.instant == nil)
    let berlin = try #require(Zone("Europe/Berlin"))
    #expect(berlin.instant(time).iso8601 == "2026-07-01T06:00:00Z")
  }
}

struct ZoneTests {
  @Test func monthLosesTheHourOfTheClockChange() throws {
    // UP-9 of the KPI vectors.
    let berlin = try #require(Zone("Europe/Berlin"))
    let march = try #require(Period("2026-03", in: berlin))
    #expect(march.start.iso8601 == "2026-02-28T23:00:00Z")
    #expect(march.end.iso8601 == "2026-03-31T22:00:00Z")
    #expect((march.end.seconds - march.start.seconds) / 60 == 44580)
  }

  @Test func readsASkippedTimeWithTheOffsetBeforeTheChange() throws {
    let berlin = try #require(Zone("Europe/Berlin"))
    let skipped = Instant(year: 2026, month: 3, day: 29, hour: 2, minute: 30)
    #expect(berlin.instant(local: skipped).iso8601 == "2026-03-29T01:30:00Z")
  }

  @Test func readsARepeatedTimeAsItsFirstOccurrence() throws {
    let berlin = try #require(Zone("Europe/Berlin"))
    let repeated = Instant(year: 2026, month: 10, day: 25, hour: 2, minute: 30)
    #expect(berlin.instant(local: repeated).iso8601 == "2026-10-25T00:30:00Z")
  }

  @Test(arguments: ["EST", "IST", "MST", "Berlin", "Europe/Atlantis", "+25:00"])
  func refusesNamesThatAreNoZoneOrMoreThanOne(name: String) {
    #expect(Zone(name) == nil)
  }
}

struct PeriodTests {
  @Test(arguments: [
    ("2026-Q3", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"),
    ("2026-Q4", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ("2026-H1", "2026-01-01T00:00:00Z", "2026-07-01T00:00:00Z"),
    ("2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
    ("2026-07-01..2026-10-01", "2026-07-01T00:00:00Z", "2026-10-01T00:00:00Z"),
  ])
  func readsWhatPeopleCallAPeriod(text: String, start: String, end: String) throws {
    let period = try #require(Period(text))
    #expect(period.start.iso8601 == start)
    #expect(period.end.iso8601 == end)
  }

  @Test(arguments: [
    "2026-Q5", "2026-H3", "2026-13", "Q3", "2026-10-01..2026-07-01", "2026-07-01..", "",
  ])
  func refusesWhatIsNone(text: String) {
    #expect(Period(text) == nil)
  }

  @Test func containsItsStartAndNotItsEnd() throws {
    let period = try #require(Period("2026-Q3"))
    #expect(period.contains(period.start))
    #expect(!period.contains(period.end))
  }
}

struct DigestTests {
  @Test func hashesAsFIPS180Says() {
    #expect(
      Digest.sha256("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    #expect(
      Digest.sha256("").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test(arguments: [
    "", "abc", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
  ])
  func refusesWhatIsNotLowercaseHex(text: String) {
    #expect(Digest(hex: text) == nil)
  }
}

struct CriterionTests {
  @Test func thereAreSixtyOne() {
    #expect(Criterion.ids.count == 61)
    #expect(Set(Criterion.ids).count == 61)
  }

  @Test(arguments: ["CC9.9", "PI1.6", "P1.2", "CC6.11", "A1.4", "cc6.1"])
  func inventedIdsAreNotAmongThem(id: String) {
    #expect(!Criterion.ids.contains(id))
  }
}

struct SpellingTests {
  @Test func suggestsTheNearestWord() {
    #expect(nearest(to: "CC6.11", among: Criterion.ids) == "CC6.1")
    #expect(nearest(to: "fidning", among: ["finding", "person"]) == "finding")
    #expect(nearest(to: "banana", among: ["finding", "person"]) == nil)
  }
}

struct VerdictTests {
  @Test func theWorstIsAFailure() {
    #expect(Verdict.worst(of: [.pass, .fail, .insufficientEvidence]) == .fail)
    #expect(Verdict.worst(of: [.pass, .notOperated]) == .notOperated)
    #expect(Verdict.worst(of: [.pass, .notApplicable]) == .pass)
    #expect(Verdict.worst(of: []) == nil)
  }
}

struct ToleranceTests {
  @Test func aRateCountsAgainstThePopulation() {
    let tolerance = Control.Tolerance(rate: 0.05)
    #expect(tolerance.allows(5, of: 100))
    #expect(!tolerance.allows(6, of: 100))
    #expect(tolerance.allows(0, of: 0))
  }
}

struct JSONTests {
  @Test(arguments: [
    "{", "[1,", "\"abc", "{\"a\":1,}", "tru", "1 2", "{\"a\" 1}", "[\"\\x\"]", "nul", "\u{1}", "",
    "{\"a\":01x}",
  ])
  func refusesWhatIsNotJSON(text: String) {
    #expect(throws: JSONError.self) { try JSON.parse(text.utf8) }
  }

  @Test func saysWhenTheTextWasCutOff() {
    do {
      _ = try JSON.parse("{\"a\": [1, 2".utf8)
      Issue.record("cut-off text was accepted")
    } catch {
      #expect(error.isTruncated)
    }
  }

  @Test func stopsAtTheDepthLimit() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONError.self) { try JSON.parse(text.utf8) }
  }

  @Test func readsEscapesAndPairs() throws {
    let json = try JSON.parse(#""a\u00e4\ud83d\ude00\n\"""#.utf8)
    #expect(json.string == "aä😀\n\"")
  }

  @Test(arguments: [
    "null", "N/A", "-", "0000-00-00", "not_supported", "no_information", "None", "",
  ])
  func readsTheSpellingsOfNoneAsNone(word: String) {
    #expect(JSON.string(word).text == nil)
  }

  @Test func tellsEpochUnitsByMagnitude() {
    for text in ["1782864000", "1782864000000", "1782864000000000", "1782864000000000000"] {
      #expect(epochInstant(text)?.iso8601 == "2026-07-01T00:00:00Z")
    }
    #expect(epochInstant("0") == nil)
  }
}
