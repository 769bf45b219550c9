import ArgumentParser
import Vouch
import VouchModel

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make a new workspace with commented files.",
    discussion: """
      Asks nothing; explains everything in comments. Existing files are never touched.

      Example:
        vouch init audit && cd audit
      """)
  @Argument(help: "The folder; default: this one.")
  var dir = "."

  func run() throws {
    for path in try Workspace.initialise(dir) { Terminal.error("made \(path)") }
    Terminal.error(
      "\nNext: put exports into \(dir == "." ? "" : dir + "/")evidence/inbox/, read vouch.yaml, then run 'vouch collect' and 'vouch check'."
    )
  }
}
