namespace HilBench.Scenarios;

/// <summary>Is shown every object that another one refers to.</summary>
internal interface IHeapVisitor
{
    /// <summary>A reference; null is shown, too.</summary>
    void Visit(object? target);
}
