import Foundation
import Testing
import VouchModel

@testable import VouchPackages

/// What the public page says, and what it keeps to itself.
@Suite struct PublicSummaryTests {
  private func figure(_ sample: PublicSample, _ id: String) throws -> PublicFigure.State {
    let figures = try sample.summary().figures
    return try #require(figures.first { $0.id == id }, "\(id)").state
  }

  @Test func passesEveryGateAndComesOutTheSameTwice() throws {
    let sample = PublicSample()
    let files = try sample.files()
    #expect(files == (try sample.files()))
    #expect(files.keys.sorted() == ["index.html", "summary.json", "summary.xml", "summary.xsd"])
  }

  @Test func saysInPlainViewWhoMadeItAndThatNoAuditorLooked() throws {
    for (language, words) in [
      ("en", "Not examined by an auditor."), ("de", "Von keinem Prüfer untersucht."),
    ] {
      var sample = PublicSample()
      sample.publication.language = language
      let files = try sample.files()
      for name in ["index.html", "summary.json", "summary.xml"] {
        #expect(files[name]?.contains(words) == true, "\(language) \(name)")
      }
    }
  }

  @Test func neverRoundsUptimeUp() throws {
    #expect(try figure(PublicSample(), "f-uptime-1") == .exact(99.999))
  }

  @Test func uptimeThatLeavesSomethingOutHasTheWholeBesideIt() throws {
    var sample = PublicSample()
    #expect(try sample.summary().services[0].gross == nil)
    sample.figures.append(PublicSample.figure("K1", "web", "gross uptime", 97.25))
    #expect(try figure(sample, "f-uptime-1-gross") == .exact(97.25))
    #expect(try sample.files()["index.html"]?.contains(">97.25 %<") == true)
  }

  @Test func neverShortensATime() throws {
    #expect(try figure(PublicSample(), "f-patching-high-median") == .exact(13.3))
  }

  @Test func aServiceThatIsMeasuredAndNotListedIsTold() throws {
    #expect(try PublicSample().files()["index.html"]?.contains("v-more-services") == true)
  }

  @Test func aServiceThatIsNotMeasuredStopsPublishing() throws {
    var sample = PublicSample()
    sample.publication.services[0].id = "wep"
    let findings = try sample.findings()
    #expect(findings.map(\.id) == ["publish.service-not-measured"])
    #expect(findings.first?.text.contains("did you mean 'web'?") == true)
  }

  @Test func aThemeWithoutControlsStopsPublishing() throws {
    var sample = PublicSample()
    sample.publication.themes = [
      Publication.Theme(
        title: PublicText("Networks", at: "vouch.yaml:25"), text: .empty, areas: ["IAM", "NET"])
    ]
    #expect(try sample.found() == ["publish.theme-without-controls vouch.yaml:25"])
  }

  // MARK: Categories

  private func statement(_ sample: PublicSample) throws -> (String, String) {
    let category = try #require(try sample.summary().categories.first)
    let words = try Words(
      try #require(RepositoryTemplates().template("\(PublicPages.folder)/strings/en.yaml")),
      required: PublicWord.required)
    let text = SummaryText(summary: try sample.summary(), words: words)
    return (category.state.rawValue, text.statement(category))
  }

  private func sample(passing: Int, failing: Int) -> PublicSample {
    var sample = PublicSample()
    sample.criteria = ["CC6.1"]
    sample.controls =
      (0..<passing).map { ("IAM-\($0)", "pass", ["CC6.1"]) }
      + (0..<failing).map { ("NET-\($0)", "insufficient_evidence", ["CC6.1"]) }
    return sample
  }

  @Test func aCategoryIsWholeOnlyWhenEveryControlOperated() throws {
    #expect(
      try statement(sample(passing: 8, failing: 0))
        == ("all_operated", "All 8 adopted controls operated as described."))
    #expect(
      try statement(sample(passing: 8, failing: 6)).1
        == "8 of 14 adopted controls operated as described. 6 did not, or the evidence does not show it."
    )
  }

  @Test func aCategoryOnCommonCriteriaThatFailIsNotCalledWhole() throws {
    var sample = sample(passing: 8, failing: 0)
    sample.criteria = ["CC6.1", "PI1.1"]
    sample.controls += (0..<6).map { ("PI-\($0)", "pass", ["PI1.1"]) }
    #expect(try sample.summary().categories.map(\.state) == [.allOperated, .allOperated])
    sample.controls[0].1 = "fail"
    #expect(try sample.summary().categories.map(\.state) == [.notAll, .ownOperated])
    #expect(try sample.files()["index.html"]?.contains("Own controls operated") == true)
  }

  @Test func smallCountsOfControlsAreNotTold() throws {
    let few = try statement(sample(passing: 8, failing: 1))
    #expect(few.0 == "not_all")
    #expect(
      few.1.hasPrefix("Not all of the 9 adopted controls operated as described: fewer than 5"))
    let most = try statement(sample(passing: 2, failing: 8))
    #expect(most.1.hasPrefix("Fewer than 5 of the 10 adopted controls"))
    let tiny = try statement(sample(passing: 2, failing: 1))
    #expect(!tiny.1.contains { $0.isNumber })
  }

  @Test func aCriterionWithoutAControlIsTold() throws {
    let (state, text) = try statement(PublicSample())
    #expect(state == "partly_addressed")
    #expect(text.hasSuffix("For part of the criteria of this category no control is adopted."))
  }

  // MARK: Small counts of cases

  private func sample(critical due: Double, met: Double) -> PublicSample {
    var sample = PublicSample()
    sample.figures.removeAll { $0.subject == "critical" || $0.subject == "all" }
    sample.figures += PublicSample.severities("critical", due, met)
    sample.figures += PublicSample.severities("all", 110 + due, 100 + met)
    return sample
  }

  @Test func aFigureOfFewCasesAndWhateverWouldGiveItAwayIsWithheld() throws {
    for few in [0.0, 1, 4] {
      let sample = sample(critical: few, met: few)
      for id in ["critical-count", "critical-median", "all-count", "all-median", "all-aged"] {
        #expect(try figure(sample, "f-patching-\(id)") == .withheld, "\(few) \(id)")
      }
      #expect(try figure(sample, "f-patching-high-count") == .exact(40))
      let files = try sample.files()
      #expect(!(files["summary.json"] ?? "").contains("\(Int(110 + few))"))
    }
    #expect(try figure(sample(critical: 5, met: 5), "f-patching-critical-count") == .exact(5))
  }

  @Test func aShareThatFewMissedIsABoundThatTellsNoCount() throws {
    let one = sample(critical: 39, met: 38)
    let four = sample(critical: 39, met: 35)
    #expect(try figure(one, "f-tickets-critical-share") == .moreThan(87))
    #expect(
      try figure(four, "f-tickets-critical-share") == figure(one, "f-tickets-critical-share"))
    // The line of all would give the exact share away.
    #expect(try figure(one, "f-tickets-all-share") == .withheld)
    #expect(try figure(sample(critical: 39, met: 34), "f-tickets-critical-share") == .exact(87.1))
    #expect(try figure(sample(critical: 39, met: 39), "f-tickets-critical-share") == .exact(100))
  }

  @Test func theNumberOfMachinesIsNeverTold() throws {
    let files = try PublicSample().files()
    #expect(try figure(PublicSample(), "f-coverage-last-effective") == .exact(95))
    #expect(!files.values.contains { $0.contains(/>42<|: 42,|"42"/) })
  }

  // MARK: The report of a CPA firm

  private func sample(reportOf date: Instant, opinion: Publication.Report.Opinion = .unmodified)
    -> PublicSample
  {
    var sample = PublicSample()
    sample.publication.report = Publication.Report(
      kind: .type2, auditor: PublicText("Example & Partners", at: "vouch.yaml:40"),
      periodStart: nil, periodEnd: Instant(year: 2025, month: 9, day: 30), date: date,
      categories: [.security], opinion: opinion, available: .empty, place: "vouch.yaml:39")
    return sample
  }

  @Test func aReportIsMentionedFromItsDateOnForTwelveMonths() throws {
    let date = Instant(year: 2025, month: 11, day: 24)
    for (today, isMentioned) in [
      ("2025-11-23", false), ("2025-11-24", true), ("2026-11-23", true), ("2026-11-24", false),
    ] {
      var sample = sample(reportOf: date)
      sample.today = today
      #expect(try (sample.summary().report != nil) == isMentioned, "\(today)")
      let silence = PublicSummary.silence(
        about: sample.publication.report, today: today, zone: .utc)
      #expect((silence == nil) == isMentioned)
      #expect(try sample.files()["index.html"]?.contains("Example &amp; Partners") == isMentioned)
    }
  }

  @Test func aPageIsNotValidLongerThanTheReportItMentions() throws {
    var sample = sample(reportOf: Instant(year: 2025, month: 12, day: 1))
    #expect(try sample.summary().validUntil == "2026-11-30")
    sample.publication.report = nil
    #expect(try sample.summary().validUntil == "2027-01-28")
  }

  @Test func aModifiedOpinionIsSaidWhereTheReportIsMentioned() throws {
    let date = Instant(year: 2026, month: 8, day: 1)
    let whole = try sample(reportOf: date).files()["index.html"] ?? ""
    let modified = try sample(reportOf: date, opinion: .modified).files()["index.html"] ?? ""
    #expect(whole.contains("issued a SOC 2® Type 2 report, dated 1 August 2026"))
    #expect(!whole.contains("modified") && modified.contains("conclusion was modified"))
  }

  // MARK: Forms

  @Test func theFormsAreBlankButForOrganisationSystemAndPeriod() throws {
    let forms = try PublicSample().forms()
    #expect(forms.keys.sorted() == ["assertion-2026-Q3.html", "bridge-letter-2026-Q3.html"])
    for (name, text) in forms {
      for filled in ["Example Ledger", "Example Books", "1 July 2026 to 30 September 2026"] {
        #expect(text.contains("<dd>\(filled)</dd>"), "\(name)")
      }
      #expect(text.matches(of: /<dd><\/dd>/).count >= 4, "\(name)")
      // Nothing of the package: no verdict, no digest, no figure, no date.
      let rest = text.replacing(/(?s)<style>.*?<\/style>/, with: "")
        .replacing(/<meta[^>]*>/, with: "").replacing("1 July 2026 to 30 September 2026", with: "")
        .replacing("&#39;", with: "")
      #expect(!rest.contains(/[0-9]{2}/), "\(name)")
    }
  }

  /// What is accepted in the scanner is never counted as fixed, and few of a kind are not told.
  @Test func outcomesAreSumsAndSmallOnesAreWithheld() throws {
    #expect(try figure(PublicSample(), "f-outcome-patched") == .exact(120))
    #expect(try figure(PublicSample(), "f-outcome-open") == .exact(23))
    var sample = PublicSample()
    sample.figures.removeAll { $0.subject == "live_patched" || $0.subject == "open" }
    #expect(try figure(sample, "f-outcome-live-patched") == .withheld)
    #expect(try figure(sample, "f-outcome-open") == .withheld)
    sample.figures.removeAll { $0.id == PublicSummary.outcomes }
    #expect(try sample.summary().outcomes.isEmpty)
  }
}
