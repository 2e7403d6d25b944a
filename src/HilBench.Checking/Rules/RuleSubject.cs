namespace HilBench.Checking;

/// <summary>Whose conduct a rule judges.</summary>
public enum RuleSubject
{
    /// <summary>Nobody's.</summary>
    None = 0,

    /// <summary>The device under test.</summary>
    Device,

    /// <summary>The host side: the bench checks itself.</summary>
    Host,

    /// <summary>Either side.</summary>
    Both,
}
