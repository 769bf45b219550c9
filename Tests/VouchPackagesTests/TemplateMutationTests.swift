import Foundation
import Testing
import VouchModel
import VouchTestSupport

@testable import VouchPackages

/// Templates and their words, changed at random: loading them ends, soon, with templates or with
/// reasons.
@Suite struct TemplateMutationTests {
  /// The built-in templates, read once, with one of them exchanged.
  private struct Exchanged: TemplateSource {
    let all: [String: String]
    func template(_ path: String) -> TemplateFile? {
      all[path].map { TemplateFile(path: path, text: $0, isOwn: true) }
    }
  }

  @Test func noChangeOfATemplateStopsItsLoading() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let corpus = Reader.files(Sample.root.appending(path: SOC2Pages.folder))
        .filter { $0.name.hasSuffix(".mustache") || $0.name.hasPrefix("strings/") }
      #expect(corpus.count > 10)
      let all = Dictionary(
        corpus.map {
          ("\(SOC2Pages.folder)/\($0.name)", String(decoding: $0.bytes, as: UTF8.self))
        },
        uniquingKeysWith: { $1 })
      let faults = Reader("templates", corpus: corpus).run(CurrentCase(path)) { name, bytes in
        var all = all
        all["\(SOC2Pages.folder)/\(name)"] = String(decoding: bytes, as: UTF8.self)
        let source = Exchanged(all: all)
        let path =
          "\(SOC2Pages.folder)/strings/\(name.hasPrefix("strings/de") ? "de" : "en").yaml"
        guard let file = source.template(path) else { return "no words" }
        return fault {
          _ = try TemplateSet(
            folder: SOC2Pages.folder, pages: SOC2Pages.shapes, words: try Words(file),
            source: source)
        }
      }
      #expect(faults == [])
    }
    note.tell()
  }

  @Test(arguments: ["{{#a}}", "{{^a}}", "{{$a}}", "{{<a}}", "{{{", "{{"])
  func deepNestingIsAMessage(open: String) {
    let file = TemplateFile(
      path: "x.mustache", text: String(repeating: open, count: 100_000), isOwn: true)
    let ids = onItsOwnThread {
      do throws(Refusal) {
        _ = try TemplateTree(file)
        return [String]()
      } catch {
        return error.diagnostics.map(\.id)
      }
    }
    #expect(ids == ["template.syntax"])
  }
}
