import Foundation
import Testing

/// What a scanner or a colleague wrote reaches a terminal as text, never as a command to it.
@Suite struct TerminalTests {
  @Test func escapesOfTheConfigurationAreShownAndNotObeyed() throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try Program.inFolder { folder in
      try """
      organization: {name: "North\\e[31mlight\\e[2J"}
      system: {name: "Books\\e[1m", description: d}
      zone: UTC
      period: 2026-Q3
      controls: {AST-01: {owner: "p\\e[7m"}}
      """.write(to: folder.appending(path: "vouch.yaml"), atomically: true, encoding: .utf8)
      let run = try Program.run(vouch, ["check"], in: folder)
      #expect(run.out.contains("North"))
      #expect(!run.out.contains("\u{1B}") && !run.err.contains("\u{1B}"))
    }
  }
}
