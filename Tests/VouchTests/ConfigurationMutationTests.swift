import Foundation
import Testing
import VouchControls
import VouchModel
import VouchTestSupport

@testable import Vouch

/// `vouch.yaml` and policies of redaction, changed at random: reading them ends, soon, with a
/// configuration or with reasons.
@Suite struct ConfigurationMutationTests {
  @Test func noChangeOfTheConfigurationStopsItsReading() async {
    let note = CurrentCase()
    await #expect(processExitsWith: .success, "\(note.lastWords)") { [path = note.path as String] in
      let corpus =
        Reader.files(Program.root.appending(path: "Tests/Fixtures/config"), ending: ".yaml")
        + Reader.files(Program.root.appending(path: "templates/sources"), ending: ".yaml")
        + [
          ("vouch.yaml", try? Data(contentsOf: Program.root.appending(path: "vouch.yaml"))),
          ("policy.yaml", Data("name: c\ncolumns: [asset.hostname]\npatterns: ['a+']\n".utf8)),
        ].compactMap { name, bytes in bytes.map { (name, $0) } }
      #expect(corpus.count > 2)
      let library = ControlLibrary(templates: [])
      let faults = Reader("config", corpus: corpus).run(CurrentCase(path)) { name, bytes in
        let text = String(decoding: bytes, as: UTF8.self)
        return fault {
          if name == "policy.yaml" {
            _ = try RedactionPolicy(text: text, file: name)
          } else {
            _ = try Configuration(text: text, file: "vouch.yaml", library: library)
          }
        }
      }
      #expect(faults == [])
    }
    note.tell()
  }
}
