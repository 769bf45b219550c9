import Foundation
import Testing

/// What a person sees who mistypes something.
@Suite struct CommandLineTests {
  @Test(arguments: [
    (["chekc"], Int32(64), "there is no command 'chekc'; did you mean 'check'?"),
    (
      ["init", "--zone", "Mars"], 64,
      "'Mars' is not a time zone; write a name such as Europe/Berlin"
    ),
    (["check", "--workspace", "/nowhere"], 66, "run 'vouch init' to make a workspace here"),
    (["init", "--from", "/nowhere"], 66, "name the folder in which the exports lie"),
    (["sources", "map", "/nowhere.csv"], 66, "name an export that is there"),
    (["verify", "/nowhere"], 66, "give the package's folder or its .zip"),
  ])
  func aMistakeIsToldWithWhatToDo(_ arguments: [String], _ status: Int32, _ text: String) throws {
    let vouch = try #require(Program.vouch, "build the product vouch first")
    try Program.inFolder { folder in
      let run = try Program.run(vouch, arguments, in: folder)
      #expect(run.status == status)
      #expect(run.out == "")
      #expect(run.err.contains(text), "\(run.err)")
    }
  }
}
