# zabbix-agent2, booted by tsboot (profile zabbix-agent2)

variable "cluster" {
  description = "The cluster on whose instances the agent runs."
  type = string
  default = "default"
}

resource "aws_cloudwatch_log_group" "zabbix_agent2" {
  name = "/ecs/zabbix-agent2"
  retention_in_days = 30
}

resource "aws_iam_role" "zabbix_agent2_task" {
  name = "zabbix-agent2-task"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "zabbix_agent2_task" {
  name = "parameters"
  role = aws_iam_role.zabbix_agent2_task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "ReadPaths"
        Effect = "Allow"
        Action = ["ssm:GetParametersByPath"]
        Resource = ["arn:aws:ssm:REGION:ACCOUNT:parameter/zabbix-agent2/prod"]
      }
    ]
  })
}

resource "aws_iam_role" "zabbix_agent2_execution" {
  name = "zabbix-agent2-execution"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Principal = {
          Service = "ecs-tasks.amazonaws.com"
        }
        Action = "sts:AssumeRole"
        Condition = {
          StringEquals = {
            "aws:SourceAccount" = "ACCOUNT"
          }
          ArnLike = {
            "aws:SourceArn" = "arn:aws:ecs:REGION:ACCOUNT:*"
          }
        }
      }
    ]
  })
}

resource "aws_iam_role_policy" "zabbix_agent2_execution" {
  name = "execution"
  role = aws_iam_role.zabbix_agent2_execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid = "WriteLog"
        Effect = "Allow"
        Action = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:REGION:ACCOUNT:log-group:/ecs/zabbix-agent2:*"]
      },
      {
        Sid = "PullImage"
        Effect = "Allow"
        Action = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = ["arn:aws:ecr:REGION:ACCOUNT:repository/zabbix-agent2"]
      },
      {
        Sid = "LogInToRegistry"
        Effect = "Allow"
        Action = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      }
    ]
  })
}

resource "aws_ecs_task_definition" "zabbix_agent2" {
  family = "zabbix-agent2"
  requires_compatibilities = ["EC2"]
  pid_mode = "host"
  network_mode = "host"
  task_role_arn = aws_iam_role.zabbix_agent2_task.arn
  execution_role_arn = aws_iam_role.zabbix_agent2_execution.arn
  container_definitions = jsonencode([
    {
      name = "zabbix-agent2"
      image = "ACCOUNT.dkr.ecr.REGION.amazonaws.com/zabbix-agent2:1"
      essential = true
      memoryReservation = 128
      readonlyRootFilesystem = true
      command = ["--profile", "zabbix-agent2", "--ssm-path", "/zabbix-agent2/prod"]
      linuxParameters = {
        capabilities = {
          drop = ["ALL"]
        }
        tmpfs = [
          {
            containerPath = "/etc/zabbix/tsboot"
            size = 16
            mountOptions = ["mode=0755", "uid=1997"]
          },
          {
            containerPath = "/run/tsboot"
            size = 16
            mountOptions = ["mode=0755", "uid=1997"]
          },
          {
            containerPath = "/tmp"
            size = 16
            mountOptions = ["mode=1777"]
          }
        ]
      }
      stopTimeout = 30
      healthCheck = {
        command = ["CMD", "/tsboot", "health"]
        interval = 30
        timeout = 10
        retries = 3
        startPeriod = 300
      }
      logConfiguration = {
        logDriver = "awslogs"
        options = {
          "awslogs-group" = aws_cloudwatch_log_group.zabbix_agent2.name
          "awslogs-region" = "REGION"
          "awslogs-stream-prefix" = "zabbix-agent2"
        }
      }
    }
  ])
}

resource "aws_ecs_service" "zabbix_agent2" {
  name = "zabbix-agent2"
  cluster = var.cluster
  scheduling_strategy = "DAEMON"
  task_definition = aws_ecs_task_definition.zabbix_agent2.arn
  depends_on = [aws_iam_role_policy.zabbix_agent2_task, aws_iam_role_policy.zabbix_agent2_execution]
}
