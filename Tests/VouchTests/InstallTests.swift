import Foundation
import Testing
import Vouch

/// What `make install` puts in place: `.ci/install` with the program built for the tests.
@Suite struct InstallTests {
  private func installed(_ body: (URL, String) throws -> Void) throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try Program.inFolder { folder in
      let run = try Program.run(
        Program.root.appending(path: ".ci/install").path, [vouch, folder.path, "/usr"])
      #expect(run.status == 0, "\(run.err)")
      try body(folder.appending(path: "usr"), vouch)
    }
  }

  private func commands(_ vouch: String) throws -> [String] {
    try Program.run(vouch, ["--help"]).out.split(separator: "\n")
      .drop { $0 != "SUBCOMMANDS:" }.compactMap { line -> String? in
        guard line.hasPrefix("  "), !line.hasPrefix("   ") else { return nil }
        return line.split(separator: " ").first.map(String.init)
      }.filter { $0 != "See" }
  }

  @Test func everyCommandHasAManualPageWithoutWarnings() throws {
    try installed { usr, vouch in
      let commands = try commands(vouch)
      #expect(commands.contains("check") && commands.contains("bundle"))
      let pages = try FileManager.default.contentsOfDirectory(
        atPath: usr.appending(path: "share/man/man1").path)
      #expect(Set(pages) == Set(["vouch.1.gz"] + commands.map { "vouch-\($0).1.gz" }))
      guard let man = Program.find("man"), Program.find("groff") != nil else {
        print("skipped: man and groff are not installed")
        return
      }
      for page in pages {
        let file = usr.appending(path: "share/man/man1/\(page)").path
        let run = try Program.run(
          man, ["--warnings", "-E", "UTF-8", "-l", file], environment: ["MANWIDTH": "80"])
        #expect(run.status == 0 && run.err == "", "\(page): \(run.err)")
        #expect(run.out.contains("SYNOPSIS") && run.out.contains("EXIT STATUS"), "\(page)")
      }
    }
  }

  @Test func theShellsTakeTheCompletionsAndBashCompletesCommands() throws {
    try installed { usr, _ in
      let scripts = [
        ("bash", "share/bash-completion/completions/vouch"),
        ("zsh", "share/zsh/site-functions/_vouch"),
        ("fish", "share/fish/vendor_completions.d/vouch.fish"),
      ]
      for (shell, path) in scripts {
        let file = usr.appending(path: path).path
        #expect(FileManager.default.fileExists(atPath: file))
        guard let program = Program.find(shell) else {
          print("skipped: \(shell) is not installed")
          continue
        }
        let run = try Program.run(program, ["-n", file])
        #expect(run.status == 0 && run.err == "", "\(shell): \(run.err)")
      }
      let file = usr.appending(path: scripts[0].1).path
      let completed = try Program.run(
        "/bin/bash",
        [
          "-c",
          """
          source "\(file)"
          COMP_WORDS=(vouch ch) COMP_CWORD=1 COMP_LINE="vouch ch" COMP_POINT=8
          _vouch vouch ch vouch
          echo "${COMPREPLY[@]}"
          """,
        ])
      #expect(
        completed.out.split(separator: " ").contains { $0.hasPrefix("check") }, "\(completed)")
    }
  }

  @Test func templatesSchemasAndDocumentationAreThere() throws {
    try installed { usr, _ in
      for path in [
        "bin/vouch", "share/vouch/templates/controls/VM/VM-02.yaml",
        "share/vouch/schemas/vouch.schema.json", "share/doc/vouch/README.md",
        "share/doc/vouch/examples/systemd/vouch.timer",
      ] {
        #expect(FileManager.default.fileExists(atPath: usr.appending(path: path).path), "\(path)")
      }
    }
  }
}
