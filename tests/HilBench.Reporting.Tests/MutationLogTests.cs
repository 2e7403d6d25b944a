using HilBench.Checking;
using HilBench.Journal;

namespace HilBench.Reporting.Tests;

public sealed class MutationLogTests
{
    private static readonly CleanDevice _clean = new("suite full, seed 1", "linux-6.1", IsPassing: true, ["ATS-REQ-017"]);
    private static readonly FaultResult _killed = new(
        "M11", "an entry larger than the range survives", ["ATS-INV-003"], "inside/first", "ATS-INV-003", 12, [new("ATS-INV-003", 4, 1)]);

    private static readonly FaultResult _survivor = new("M12", "survives", [], KilledBy: null, FirstRule: null, 34, []);
    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hilbench-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void What_an_interrupted_run_knew_is_found_by_the_next()
    {
        var path = Path.Combine(_folder, "log.jsonl");
        var before = new MutationLog(path);
        before.Add(_clean);
        before.Add(_killed);
        before.Add(_survivor);

        var after = new MutationLog(path);

        Assert.That(after.Clean?.Run, Is.EqualTo(_clean.Run));
        Assert.That(after.Clean?.IsPassing, Is.True);
        Assert.That(after.Clean?.Rules, Is.EqualTo(_clean.Rules));
        Assert.That(after.Find("M11")?.KilledBy, Is.EqualTo("inside/first"));
        Assert.That(after.Find("M11")?.Rules, Is.EqualTo(_killed.Rules));
        Assert.That(after.Find("M12")?.IsKilled, Is.False);
        Assert.That(after.Find("M13"), Is.Null);
    }

    [Test]
    public void Line_that_was_cut_off_is_forgotten()
    {
        var path = Path.Combine(_folder, "log.jsonl");
        new MutationLog(path).Add(_killed);
        File.AppendAllText(path, "{\"Clean\":null,\"Fault\":{\"Fault\":\"M1");

        var log = new MutationLog(path);
        log.Add(_survivor);

        Assert.That(new MutationLog(path).Find("M12"), Is.Not.Null);
        Assert.That(File.ReadAllLines(path), Has.Length.EqualTo(2));
    }

    [TestCase("{}")]
    [TestCase("{\"Clean\":null,\"Fault\":{\"Fault\":\"M11\"}}")]
    [TestCase("fault M11")]
    public void File_that_is_no_log_is_refused_by_line(string line)
    {
        var path = Path.Combine(_folder, "log.jsonl");
        new MutationLog(path).Add(_killed);
        File.AppendAllText(path, line + "\n");

        var refusal = Assert.Throws<InputException>(() => _ = new MutationLog(path));

        Assert.That(refusal.Line, Is.EqualTo(2));
        Assert.That(refusal.File, Is.EqualTo(path));
    }

    [Test]
    public void Folder_in_its_place_is_an_error_of_the_host()
    {
        Assert.Throws<BenchException>(() => _ = new MutationLog(_folder));
    }
}
