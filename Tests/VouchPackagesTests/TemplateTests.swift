import Testing
import VouchModel

@testable import VouchPackages

@Suite struct TemplateTests {
  private static let folder = SOC2Pages.folder

  /// What the program says to a package whose template `name` has this text.
  private func complaints(about name: String, _ text: String) -> [String] {
    let templates = RepositoryTemplates(replaced: ["\(Self.folder)/\(name)": text])
    do {
      _ = try Sample.pages(templates: templates)
      return []
    } catch let refusal as Refusal {
      return refusal.diagnostics.map { "\($0.at): \($0.text) [\($0.id)]" }
    } catch {
      return ["\(error)"]
    }
  }

  @Test func namesFileAndLineOfAValueThatDoesNotExist() {
    let found = complaints(
      about: "criteria.html.mustache", "<p>\n{{package.organisation}}</p>")
    #expect(
      found == [
        "templates/packages/soc2/criteria.html.mustache:2: '{{package.organisation}}' names no "
          + "value of this page; did you mean 'organization'? [template.missing-value]"
      ])
  }

  @Test func findsAMissingValueInASectionThatIsEmptyToday() {
    let found = complaints(
      about: "requests.html.mustache",
      "{{#requests}}{{#rows}}\n{{number}} {{text}} {{titel}}{{/rows}}{{/requests}}")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("templates/packages/soc2/requests.html.mustache:2: ") == true)
  }

  @Test func findsAMissingValueInAPartialAtItsOwnLine() {
    let found = complaints(about: "pager.mustache", "{{#isPart}}\n\n{{rnage}}\n{{/isPart}}")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("templates/packages/soc2/pager.mustache:3: '{{rnage}}'") == true)
  }

  @Test func findsAMissingValueInAPartOfALayout() {
    let found = complaints(
      about: "criteria.html.mustache", "{{<layout}}\n{{$main}}\n{{nothing}}\n{{/main}}\n{{/layout}}"
    )
    #expect(found.first?.hasPrefix("templates/packages/soc2/criteria.html.mustache:3:") == true)
  }

  @Test func findsWordsThatNoLanguageFileHas() {
    let found = complaints(about: "criteria.html.mustache", "{{t.nav.criterai}}")
    #expect(
      found == [
        "templates/packages/soc2/criteria.html.mustache:1: '{{t.nav.criterai}}' names no words in "
          + "templates/packages/soc2/strings/en.yaml; did you mean 't.nav.criteria'? "
          + "[template.missing-value]"
      ])
  }

  @Test func tellsOfAllProblemsAtOnce() {
    let found = complaints(about: "criteria.html.mustache", "{{one}}\n{{two}}\n{{three}}")
    #expect(found.count == 3)
  }

  @Test(arguments: ["{{{package.organization}}}", "{{&package.organization}}"])
  func refusesToPrintTextUnescaped(tag: String) {
    #expect(
      complaints(about: "criteria.html.mustache", tag).first?
        .hasSuffix("[template.unescaped-value]") == true)
  }

  @Test func refusesToPrintMarkupAsText() {
    #expect(
      complaints(about: "criteria.html.mustache", "{{page.style}}").first?
        .hasSuffix("[template.escaped-markup]") == true)
  }

  @Test(arguments: ["{{% CONTENT_TYPE: TEXT}}", "{{=<% %>=}}", "{{>*package.name}}"])
  func refusesWhatWouldGetRoundTheEscaping(tag: String) {
    #expect(
      complaints(about: "criteria.html.mustache", tag).first?
        .hasSuffix("[template.refused-tag]") == true)
  }

  @Test func refusesAListOrAnObjectWhereATextBelongs() {
    #expect(
      complaints(about: "criteria.html.mustache", "{{groups}}").first?
        .hasSuffix("[template.not-a-text]") == true)
  }

  @Test func namesAPartialThatDoesNotExist() {
    #expect(
      complaints(about: "criteria.html.mustache", "\n{{> pagre}}") == [
        "templates/packages/soc2/criteria.html.mustache:2: there is no partial 'pagre' "
          + "[template.missing-partial]"
      ])
  }

  @Test func refusesAPartialThatIncludesItself() {
    #expect(
      complaints(about: "pager.mustache", "{{> pager}}").first?
        .hasSuffix("[template.recursive-partial]") == true)
  }

  @Test func namesTheLineOfASectionThatIsNeverClosed() {
    #expect(
      complaints(about: "criteria.html.mustache", "a\n{{#groups}}\nb") == [
        "templates/packages/soc2/criteria.html.mustache:2: '{{#groups}}' is never closed "
          + "[template.syntax]"
      ])
  }

  @Test func namesTheLineOfATagThatClosesAnother() {
    #expect(
      complaints(about: "criteria.html.mustache", "{{#groups}}\n{{/group}}") == [
        "templates/packages/soc2/criteria.html.mustache:2: '{{/group}}' closes '{{#groups}}' of "
          + "line 1 [template.syntax]"
      ])
  }

  @Test func namesATemplateThatIsMissing() {
    struct Without: TemplateSource {
      func template(_ path: String) -> TemplateFile? {
        path.hasSuffix("kpis.html.mustache") ? nil : RepositoryTemplates().template(path)
      }
    }
    #expect(throws: Refusal.self) {
      try SOC2Pages(templates: Without()).pages(of: Sample.pageInput(Sample.assessment)) { _ in }
    }
  }

  @Test func refusesAStyleSheetThatWouldEndItsElement() {
    #expect(
      complaints(about: "style.css", "p { } </style><script>").first?
        .hasSuffix("[template.style]") == true)
  }

  @Test func aTemplateThatPrintsTooMuchIsNamedAndNotCut() {
    let row = String(repeating: "x", count: 40_000)
    let found = complaints(
      about: "criteria.html.mustache", "{{#groups}}{{#criteria}}\(row){{/criteria}}{{/groups}}")
    #expect(found.first?.hasPrefix("data/criteria.html: the page has 2440000 bytes") == true)
  }

  @Test func everyLanguageHasTheSameWordsAndPlaceholders() throws {
    let english = try words("en")
    let german = try words("de")
    // Units are named where English needs no other word for them.
    let both = Set(english.paths).union(german.paths).filter { !$0.hasPrefix("unit.") }
    for path in both.sorted() {
      let pair = (english.optional(path), german.optional(path))
      #expect(pair.0 != nil && pair.1 != nil, "\(path) is missing in one language")
      #expect(placeholders(pair.0 ?? "") == placeholders(pair.1 ?? ""), "\(path)")
    }
  }

  @Test func namesTheWordsThatALanguageFileLacks() throws {
    let file = TemplateFile(path: "strings/xx.yaml", text: "language: xx\n")
    do {
      _ = try Words(file)
      Issue.record("a language file without words was taken")
    } catch {
      #expect(error.diagnostics.count == Word.allCases.count - 1)
      #expect(error.diagnostics.allSatisfy { $0.id == "template.missing-value" })
    }
  }

  @Test func namesTheLineOfALanguageFileThatIsNoYAML() {
    let file = TemplateFile(path: "strings/xx.yaml", text: "language: xx\nnav: [\n")
    #expect { try Words(file) } throws: { error in
      (error as? Refusal)?.diagnostics.first?.at.hasPrefix("strings/xx.yaml:") == true
    }
  }

  @Test func germanPagesSpeakGerman() throws {
    let pages = try Sample.pages(language: "de")
    let page = try #require(pages["data/controls/IAM-04.html"])
    for word in ["<html lang=\"de\">", "Grundgesamtheit", "Nicht erfüllt", "Ergebnis des Prüfers"] {
      #expect(page.contains(word), "\(word)")
    }
    #expect(try #require(pages["data/kpis.html"]).contains("99,981"))
    for word in ["Population", "Deviations", "Insufficient", "Evidence", "Waivers", "Owner"] {
      #expect(pages.allSatisfy { !$0.value.contains(word) }, "\(word)")
    }
  }

  @Test func aWorkspaceAddsALanguageByAddingAFile() throws {
    let folder = "templates/packages/soc2/strings"
    let english = try #require(RepositoryTemplates().template("\(folder)/en.yaml")).text
    let other = english.replacing("  deviations: Deviations", with: "  deviations: Afwijkingen")
      .replacing("language: en", with: "language: nl")
    var templates = RepositoryTemplates()
    templates.replaced["\(folder)/nl.yaml"] = other
    let pages = try Sample.pages(templates: templates, language: "nl")
    let page = try #require(pages["data/controls/IAM-04.html"])
    #expect(page.contains("<html lang=\"nl\">") && page.contains("Afwijkingen"))
    #expect(throws: Refusal.self) { try Sample.pages(language: "xx") }
  }

  @Test func groupsDigitsAndKeepsAtMostThreeDecimals() throws {
    let english = try words("en")
    let german = try words("de")
    #expect(english.number(1_234_567) == "1,234,567")
    #expect(german.number(1_234_567) == "1.234.567")
    #expect(english.number(-1234) == "−1,234")
    #expect(english.number(99.98100001) == "99.981")
    #expect(german.number(1234.5) == "1.234,5")
    #expect(english.number(-0.0004) == "0")
    #expect(english.number(2.0) == "2")
    #expect(english.size(999) == "999\u{A0}B")
    #expect(english.size(1_234_567) == "1.2\u{A0}MB")
  }

  @Test func namesTheLastDayOfAPeriodInItsZone() throws {
    let english = try words("en")
    let berlin = try #require(Zone("Europe/Berlin"))
    let quarter = try #require(Period("2026-Q3", in: berlin))
    #expect(english.span(quarter.start, quarter.end, in: berlin) == "2026-07-01 to 2026-09-30")
    #expect(
      english.span(quarter.start, quarter.end, in: .utc)
        == "2026-06-30 22:00 UTC until 2026-09-30 22:00 UTC")
  }

  private func words(_ language: String) throws -> Words {
    let path = "\(Self.folder)/strings/\(language).yaml"
    return try Words(#require(RepositoryTemplates().template(path)))
  }

  private func placeholders(_ text: String) -> [String] {
    text.matches(of: #/\{[a-z]+\}/#).map { String($0.0) }.sorted()
  }
}
