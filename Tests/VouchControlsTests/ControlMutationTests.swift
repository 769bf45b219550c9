import Foundation
import Testing
import VouchModel
import VouchTestSupport

@testable import VouchControls

/// Rules, measures, criteria and parameters, changed at random: loading them ends, soon, with
/// controls or with reasons.
@Suite struct ControlMutationTests {
  @Test func noChangeOfARuleFileStopsItsLoading() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "templates")
      let corpus = Reader.files(root, ending: ".yaml").filter { !$0.name.contains("packages/") }
      #expect(corpus.count > 90)
      let faults = Reader("controls", corpus: corpus).run(CurrentCase(path)) { name, bytes in
        let library = ControlLibrary(templates: [(name, String(decoding: bytes, as: UTF8.self))])
        for problem in library.diagnostics where problem.text.isEmpty || problem.id.isEmpty {
          return "a problem without words"
        }
        return nil
      }
      #expect(faults == [])
    }
    note.tell()
  }

  @Test func aBillionLaughsAreRefused() {
    let levels = (1...40).map { "l\($0): &l\($0) [*l\($0 - 1), *l\($0 - 1)]\n" }.joined()
    for end in ["id: VM-02\nexamples: *l40\n", "? *l40\n: x\n", "parameters: *l40\n"] {
      let (file, problems) = ControlLoader.load(
        "l0: &l0 [lol, lol]\n" + levels + end, file: "templates/controls/VM/VM-02.yaml")
      #expect(file == nil && problems.map(\.id) == ["control.aliases"])
    }
  }

  @Test func anAliasOfAWordIsNothingToWorryAbout() {
    let owners = (1...40).map { "c\($0): *ann\n" }.joined()
    #expect(YAMLAliases.ofCollections(in: "a: &ann p-001\n" + owners).count == 0)
    let lists = (1...3).map { "c\($0): *team\n" }.joined()
    #expect(YAMLAliases.ofCollections(in: "a: &team [p-001]\n" + lists) == (count: 3, line: 2))
  }

  /// libyaml stops at a thousand levels; what is read of them is recursive.
  @Test(arguments: ["[", "{a: ", "- ", "? "]) func deepNestingIsAMessage(open: String) {
    let text = "id: " + String(repeating: open, count: 100_000)
    let ids = onItsOwnThread { ControlLoader.load(text, file: "x.yaml").1.map(\.id) }
    #expect(!ids.isEmpty)
  }
}
